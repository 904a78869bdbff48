-- depends: 0016_chat_attachments
-- Notifications: what rang, for whom, and how loud each person wants it.

-- Which messages of a room ring for a member; no row: mentions.
CREATE TABLE room_notify_levels (
    room_id UUID NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level VARCHAR(10) NOT NULL CHECK (level IN ('all', 'mentions', 'none')),
    PRIMARY KEY (room_id, user_id)
);

CREATE TABLE IF NOT EXISTS notifications (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    type VARCHAR(50),
    title VARCHAR(255),
    content TEXT,
    link VARCHAR(500),
    read BOOLEAN DEFAULT false,
    read_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- ours
ALTER TABLE notifications
    ADD COLUMN IF NOT EXISTS room_id UUID,
    ADD COLUMN IF NOT EXISTS message_id UUID,
    ADD COLUMN IF NOT EXISTS actor_id UUID;
CREATE INDEX IF NOT EXISTS notifications_user_idx ON notifications (user_id, read);
CREATE INDEX IF NOT EXISTS notifications_list_idx ON notifications (user_id, id DESC);
CREATE INDEX IF NOT EXISTS notifications_message_idx ON notifications (message_id)
    WHERE message_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS notification_preferences (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type VARCHAR(50) NOT NULL,
    in_app BOOLEAN NOT NULL DEFAULT true,
    push BOOLEAN NOT NULL DEFAULT true,
    email BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, type)
);

-- ours: a stretch of the day without push; minutes after midnight in the person's own time zone
CREATE TABLE quiet_hours (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    from_minute INTEGER NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    until_minute INTEGER NOT NULL CHECK (until_minute BETWEEN 0 AND 1439),
    time_zone VARCHAR(64) NOT NULL DEFAULT 'UTC'
);

CREATE TABLE IF NOT EXISTS push_subscriptions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
-- ours
ALTER TABLE push_subscriptions
    ADD COLUMN IF NOT EXISTS failures INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS session_id UUID;
CREATE INDEX IF NOT EXISTS push_subscriptions_user_idx ON push_subscriptions (user_id);

-- The hub's own VAPID key pair (RFC 8292), made once for all nodes.
CREATE TABLE push_keys (
    id INTEGER PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    private_pem TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
