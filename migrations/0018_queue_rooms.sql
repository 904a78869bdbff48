-- depends: 0003_rooms
-- Which rooms stand behind a user's own queue, a shared queue and a co-listening session. What
-- plays, what waits and how it goes round is in the room (slices); the tables of the specification
-- keep here what the room does not know.

CREATE TABLE queues (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID UNIQUE NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    volume INTEGER NOT NULL DEFAULT 100 CHECK (volume BETWEEN 0 AND 100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    room_id UUID UNIQUE NOT NULL REFERENCES rooms (id) ON DELETE CASCADE
);

CREATE TABLE queue_sessions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    share_token VARCHAR(32) UNIQUE NOT NULL,
    creator_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    room_id UUID UNIQUE NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    invite_token UUID NOT NULL  -- by which whoever adds becomes a member
);
CREATE INDEX idx_queue_sessions_creator_id ON queue_sessions (creator_id);

CREATE TABLE co_listening_sessions (
    id UUID PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,  -- the room's own
    host_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,  -- who made it
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,  -- what it began with
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_co_listening_sessions_host_id ON co_listening_sessions (host_id);
CREATE INDEX idx_co_listening_sessions_track_id ON co_listening_sessions (track_id);
