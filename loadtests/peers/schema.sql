-- Tables of the durable peers.
CREATE TABLE rooms (
    id UUID PRIMARY KEY,
    seq BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE messages (
    id UUID NOT NULL,
    room_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    sender_id UUID NOT NULL,
    client_id UUID NOT NULL,
    content TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (room_id, seq),
    UNIQUE (room_id, sender_id, client_id)
);
