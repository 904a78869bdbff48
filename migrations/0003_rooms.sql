-- depends: 0001_accounts 0002_catalog
-- Rooms, their members, invitations and messages (columns of the specification first, ours after
-- them), and the ordered streams that everything in a room is written to.

CREATE TABLE rooms (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    name VARCHAR(255),
    description TEXT,
    room_type VARCHAR DEFAULT 'public' CHECK (room_type IN ('public', 'private', 'dm')),
    is_private BOOLEAN DEFAULT false,
    creator_id UUID REFERENCES users (id) ON DELETE CASCADE,
    deleted_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    facets TEXT[] NOT NULL DEFAULT '{}',
    policy JSONB NOT NULL DEFAULT '{}'
);
CREATE INDEX rooms_public_idx ON rooms (created_at DESC, id DESC)
    WHERE room_type = 'public' AND deleted_at IS NULL;

CREATE TABLE room_members (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    room_id UUID REFERENCES rooms (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    role VARCHAR DEFAULT 'member',
    joined_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    state VARCHAR NOT NULL DEFAULT 'joined' CHECK (state IN ('joined', 'left', 'banned')),
    muted_until TIMESTAMPTZ,
    last_read_seq BIGINT NOT NULL DEFAULT 0,
    UNIQUE (room_id, user_id)
);
CREATE INDEX room_members_user_idx ON room_members (user_id) WHERE state = 'joined';

CREATE TABLE room_invitations (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    room_id UUID REFERENCES rooms (id),
    inviter_id UUID REFERENCES users (id),
    invitee_id UUID,
    token UUID UNIQUE,
    status VARCHAR(20) DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'expired')),
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX room_invitations_room_idx ON room_invitations (room_id);

CREATE TABLE messages (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    room_id UUID REFERENCES rooms (id),
    sender_id UUID REFERENCES users (id),
    content TEXT,
    message_type VARCHAR DEFAULT 'text' CHECK (message_type IN ('text', 'image', 'audio', 'system')),
    reply_to_id UUID REFERENCES messages (id) ON DELETE SET NULL,
    is_edited BOOLEAN DEFAULT false,
    is_deleted BOOLEAN DEFAULT false,
    is_pinned BOOLEAN DEFAULT false,
    edited_at TIMESTAMPTZ,
    status VARCHAR(20) DEFAULT 'sent',
    metadata JSONB,
    content_tsv TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', coalesce(content, ''))) STORED,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    seq BIGINT NOT NULL,
    client_id UUID,
    thread_id UUID,
    UNIQUE (room_id, seq)
);
CREATE INDEX messages_sender_idx ON messages (sender_id);

ALTER TABLE user_presence
    ADD COLUMN IF NOT EXISTS status_expires_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS activity JSONB;

-- One row per ordered stream, room:UUID or user:UUID. Locking it is what orders a stream: `head_seq`
-- is the seq of its newest event; `epoch` changes when history is replaced (a restored backup).
CREATE TABLE streams (
    id UUID PRIMARY KEY,
    kind VARCHAR(4) NOT NULL CHECK (kind IN ('room', 'user')),
    epoch VARCHAR(16) NOT NULL,
    head_seq BIGINT NOT NULL DEFAULT 0
);

-- The log: every durable event, gapless in seq within its stream, in the words of the wire. JSON,
-- not JSONB: the text goes to sockets as it is and is never searched by key.
CREATE TABLE stream_events (
    stream_id UUID NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    event TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    device_id TEXT,
    op_id UUID,
    data JSON NOT NULL,
    PRIMARY KEY (stream_id, seq)
);

-- Idempotency: the first answer to each (actor, op_id); a repeat is given it again, on any node.
CREATE TABLE operations (
    actor_id UUID NOT NULL,
    op_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    stream_id UUID,
    seq BIGINT,
    data JSON,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (actor_id, op_id)
);

-- State of one feature in one room.
CREATE TABLE slices (
    stream_id UUID NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    feature TEXT NOT NULL,
    state JSON NOT NULL,
    PRIMARY KEY (stream_id, feature)
);

-- Commands of the future: the end of a track, a barrier's deadline, a host's grace.
CREATE TABLE timers (
    stream_id UUID NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    command TEXT NOT NULL,
    payload JSON NOT NULL,
    claimed_until_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (stream_id, key)
);
CREATE INDEX timers_due_idx ON timers (at_ms);
