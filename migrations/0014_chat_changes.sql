-- depends: 0013_hot_path 0013_hot_path
-- What happens to messages after they were said: edits with their history, pins, reactions; how far
-- each member has received and read; and the index that search asks.

ALTER TABLE messages
    ADD COLUMN rev INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN pinned_at TIMESTAMPTZ,
    ADD COLUMN pinned_by UUID;
CREATE INDEX messages_thread_idx ON messages (room_id, thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_pinned_idx ON messages (room_id, pinned_at DESC) WHERE is_pinned;

-- What a message said before: rev 0 is how it began. `event_seq` is the log line that told it, so
-- that a deletion finds every line that holds the words.
CREATE TABLE message_edits (
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rev INTEGER NOT NULL,
    content TEXT NOT NULL,
    event_seq BIGINT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, rev)
);

CREATE TABLE message_reactions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID,
    message_id UUID REFERENCES messages (id) ON DELETE CASCADE,
    emoji VARCHAR(50),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (message_id, user_id, emoji)
);

-- Watermarks: one row a member, whatever the number of messages. `shown_read_seq` stays behind for
-- who reads while invisible: his own counts move, what others see of him does not.
ALTER TABLE room_members
    ADD COLUMN shown_read_seq BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN read_at TIMESTAMPTZ,
    ADD COLUMN delivered_seq BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN delivered_at TIMESTAMPTZ;

-- The per-message forms of the specification, as views of the watermarks.
CREATE VIEW read_receipts AS
SELECT m.user_id, x.id AS message_id, m.read_at
FROM room_members m JOIN messages x ON x.room_id = m.room_id AND x.seq <= m.shown_read_seq
WHERE m.state = 'joined' AND x.sender_id <> m.user_id AND x.created_at >= m.joined_at;

CREATE VIEW delivered_status AS
SELECT m.user_id, x.id AS message_id, m.delivered_at
FROM room_members m
JOIN messages x ON x.room_id = m.room_id AND x.seq <= greatest(m.delivered_seq, m.shown_read_seq)
WHERE m.state = 'joined' AND x.sender_id <> m.user_id AND x.created_at >= m.joined_at;

CREATE TABLE IF NOT EXISTS user_blocks (
    blocker_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX IF NOT EXISTS user_blocks_blocked_idx ON user_blocks (blocked_id);

-- The index that search asks, messages_words_idx, is in 0013_hot_path.sql, with the worker that fills
-- it behind the ack (storage/message_words.py: `await MessageWords(pool).fill()`).
