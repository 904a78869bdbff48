-- depends: 0002_catalog
-- What listeners log of their plays. A play counts once enough of the track was heard.

ALTER TABLE track_plays
    ADD COLUMN listened_ms BIGINT,  -- `duration` in ms, held to the server's clock
    ADD COLUMN is_completed BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN is_counted BOOLEAN NOT NULL DEFAULT true,  -- part of tracks.play_count
    ADD COLUMN context VARCHAR(20);  -- where it was played: library, room, playlist ...

CREATE INDEX idx_track_plays_user_time ON track_plays (user_id, created_at DESC);
