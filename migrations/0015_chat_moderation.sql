-- depends: 0014_chat_changes
-- What moderators and the rooms' own rules did, what people reported, and what somebody outside the
-- room may have to be told of.

CREATE TABLE moderation_log (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    room_id UUID NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    actor_id UUID,
    user_id UUID,
    action VARCHAR(20) NOT NULL,
    reason TEXT,
    until TIMESTAMPTZ,
    message_id UUID,
    details JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX moderation_log_room_idx ON moderation_log (room_id, id DESC);

CREATE TABLE IF NOT EXISTS reports (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    reporter_id UUID,
    reported_user_id UUID,
    content_type VARCHAR(50),
    content_id UUID,
    reason TEXT,
    status VARCHAR(20) DEFAULT 'pending',
    resolved_by UUID,
    resolved_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- ours: the room whose moderators look at it first; one open report of a thing by a person
ALTER TABLE reports ADD COLUMN IF NOT EXISTS room_id UUID REFERENCES rooms (id) ON DELETE CASCADE;
CREATE INDEX IF NOT EXISTS reports_room_idx ON reports (room_id, id DESC);
CREATE UNIQUE INDEX IF NOT EXISTS reports_once_idx
    ON reports (reporter_id, content_type, content_id) WHERE status = 'pending';

-- Written by the commit that made it so, taken away when everybody it concerns has been told.
CREATE TABLE notices (
    id UUID PRIMARY KEY,
    notice JSONB NOT NULL,
    claimed_until TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
    tries INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
