-- depends: 0014_chat_changes
-- A block hides two people from each other in what they hear live, too, on whichever nodes they are:
-- the database says both ids with the commit, as it does for sign-ins that end (0010).

CREATE FUNCTION notify_user_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pair user_blocks := coalesce(NEW, OLD);
BEGIN
    PERFORM pg_notify('user_blocked', pair.blocker_id::text || ' ' || pair.blocked_id::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER user_blocked AFTER INSERT OR DELETE ON user_blocks
FOR EACH ROW EXECUTE FUNCTION notify_user_blocked();

-- What somebody shows of himself may be chosen where he has no socket (REST, another node). When he
-- was last here is no such choice.

CREATE FUNCTION notify_presence_chosen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('presence_chosen', NEW.user_id::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER presence_chosen
AFTER UPDATE OF status, invisible, status_message, status_expires_at, activity ON user_presence
FOR EACH ROW
WHEN (ROW (OLD.status, OLD.invisible, OLD.status_message, OLD.status_expires_at, OLD.activity)
      IS DISTINCT FROM
      ROW (NEW.status, NEW.invisible, NEW.status_message, NEW.status_expires_at, NEW.activity))
EXECUTE FUNCTION notify_presence_chosen();

CREATE TRIGGER presence_first_chosen AFTER INSERT ON user_presence FOR EACH ROW
WHEN (NEW.updated_at IS NOT NULL)
EXECUTE FUNCTION notify_presence_chosen();
