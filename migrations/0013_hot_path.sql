-- depends: 0009_stream_revisions
-- What the commit of a message no longer pays for, and what keeps it honest (docs/decisions/0004).

-- 1. The words that search asks for. Made in the same INSERT they cost PostgreSQL 15 of the 60 us
-- that a message takes; a worker adds them within a second or two (hub/message_words.py). An edit is
-- rare, and brings its own.
ALTER TABLE messages ALTER COLUMN content_tsv DROP EXPRESSION;

CREATE FUNCTION set_message_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.content_tsv := to_tsvector('simple', coalesce(NEW.content, ''));
    RETURN NEW;
END
$$;

CREATE TRIGGER messages_words BEFORE UPDATE OF content ON messages FOR EACH ROW
WHEN (NEW.content IS DISTINCT FROM OLD.content)
EXECUTE FUNCTION set_message_words();

-- How far each room's messages have their words. Seqs have no gaps, so nothing is passed over.
CREATE TABLE message_words_marks (
    room_id UUID PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- Room and sender stand in the same index as the words: a search within one room, or for one
-- person's messages, intersects lists of rows instead of reading every message with the word. A
-- message without its words is not in it, so an INSERT does not touch it.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX messages_words_idx ON messages USING gin (content_tsv, room_id, sender_id)
    WHERE content_tsv IS NOT NULL;

-- Asked by nothing.
DROP INDEX messages_sender_idx;

-- 2. `streams.rev` tells a node that what it remembers of a room is still so. The group commit
-- raises it itself; whoever else writes what it remembers (an administrator with psql, a REST
-- handler, a cascade) raises it here.
CREATE FUNCTION raise_stream_rev() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rev := OLD.rev + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER streams_rev BEFORE UPDATE ON streams FOR EACH ROW
WHEN (NEW.rev = OLD.rev)
EXECUTE FUNCTION raise_stream_rev();

-- The argument is the column that names the room.
CREATE FUNCTION raise_room_rev() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room_ids UUID[] := ARRAY[]::UUID[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        room_ids := room_ids || (to_jsonb(OLD) ->> TG_ARGV[0])::uuid;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        room_ids := room_ids || (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
    END IF;
    UPDATE streams SET rev = rev + 1 WHERE id = ANY (room_ids);
    RETURN NULL;
END
$$;

CREATE TRIGGER rooms_rev AFTER INSERT OR UPDATE OR DELETE ON rooms FOR EACH ROW
WHEN (current_setting('veza.commit', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION raise_room_rev('id');

CREATE TRIGGER slices_rev AFTER INSERT OR UPDATE OR DELETE ON slices FOR EACH ROW
WHEN (current_setting('veza.commit', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION raise_room_rev('stream_id');

-- Watermarks move all the time, and no rule reads them.
CREATE TRIGGER room_members_rev
AFTER INSERT OR DELETE OR UPDATE OF room_id, user_id, role, state, joined_at, muted_until
ON room_members FOR EACH ROW
WHEN (current_setting('veza.commit', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION raise_room_rev('room_id');

CREATE FUNCTION raise_rev_of_users_rooms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE streams s SET rev = rev + 1
    FROM (SELECT id FROM streams
          WHERE id IN (SELECT room_id FROM room_members WHERE user_id = NEW.id)
          ORDER BY id FOR UPDATE) AS l
    WHERE s.id = l.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER users_rev AFTER UPDATE OF username, display_name, is_guest ON users FOR EACH ROW
WHEN (ROW (OLD.username, OLD.display_name, OLD.is_guest)
      IS DISTINCT FROM ROW (NEW.username, NEW.display_name, NEW.is_guest))
EXECUTE FUNCTION raise_rev_of_users_rooms();

-- 3. What the foreign keys that 0008 took away did at a DELETE, which is not on the hot path.
CREATE FUNCTION delete_stream_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM stream_events WHERE stream_id = OLD.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER streams_deleted AFTER DELETE ON streams FOR EACH ROW
EXECUTE FUNCTION delete_stream_events();

CREATE FUNCTION keep_room_of_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM messages WHERE room_id = OLD.id) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'the room has messages: set deleted_at instead',
            CONSTRAINT = 'messages_room_id_fkey';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER rooms_deleted BEFORE DELETE ON rooms FOR EACH ROW
EXECUTE FUNCTION keep_room_of_messages();

-- Who has written is or was a member of the room: its messages are found by room, not by sender.
CREATE FUNCTION keep_user_of_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM room_members m JOIN messages x USING (room_id)
               WHERE m.user_id = OLD.id AND x.sender_id = OLD.id) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'the user has written messages: set deleted_at instead',
            CONSTRAINT = 'messages_sender_id_fkey';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER users_deleted BEFORE DELETE ON users FOR EACH ROW
EXECUTE FUNCTION keep_user_of_messages();
