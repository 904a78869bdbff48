-- depends: 0003_rooms
-- Live broadcasts (columns of the specification first, ours after them) and stream keys.

CREATE TABLE live_streams (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    title VARCHAR(200),
    description TEXT,
    category VARCHAR(100),
    thumbnail_url VARCHAR(500),
    stream_key VARCHAR(100),  -- of the specification; ours are hashed in stream_keys, this stays null
    streamer_name VARCHAR(100),
    is_live BOOLEAN DEFAULT false,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    viewer_count INTEGER DEFAULT 0,
    tags JSONB DEFAULT '[]'::jsonb,
    scheduled_at TIMESTAMPTZ,
    stream_url TEXT DEFAULT '',
    is_vod BOOLEAN DEFAULT false,
    deleted_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    room_id UUID NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    status VARCHAR NOT NULL DEFAULT 'scheduled'
        CHECK (status IN ('scheduled', 'live', 'interrupted', 'ended')),
    publication INTEGER NOT NULL DEFAULT 0,  -- rises with each connection of the broadcaster
    recording_track_id UUID REFERENCES tracks (id) ON DELETE SET NULL
);
CREATE INDEX live_streams_user_idx ON live_streams (user_id, created_at DESC);
CREATE INDEX live_streams_on_air_idx ON live_streams (started_at DESC) WHERE is_live;
CREATE INDEX live_streams_room_idx ON live_streams (room_id);

-- A key is shown once and kept as its SHA-256. After a rotation the old one works until expires_at.
CREATE TABLE stream_keys (
    key_hash BYTEA PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    prefix VARCHAR(12) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ
);
CREATE INDEX stream_keys_user_idx ON stream_keys (user_id);
