-- depends: 0003_rooms
-- Grows with every commit that touches the stream, also with one that adds no event. A batch that
-- finds it unchanged when it writes has read nothing that was old, and needs no lock before.

ALTER TABLE streams ADD COLUMN rev BIGINT NOT NULL DEFAULT 0;
