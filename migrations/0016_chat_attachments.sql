-- depends: 0015_chat_moderation
-- Pictures and sounds that come with messages: uploaded to a room first, then named by one message.

CREATE TABLE message_attachments (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    room_id UUID NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message_id UUID REFERENCES messages (id) ON DELETE CASCADE,
    uploader_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    filename VARCHAR(255) NOT NULL,
    mime_type VARCHAR(100),
    size_bytes BIGINT NOT NULL DEFAULT 0,
    storage_key TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('image', 'audio')),
    record JSONB NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX message_attachments_message_idx ON message_attachments (message_id);
CREATE INDEX message_attachments_unused_idx ON message_attachments (created_at)
    WHERE message_id IS NULL;
