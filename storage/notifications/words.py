"""The words of messages where they were copied for a bell: they follow what becomes of the message.

A notification says the beginning of a message, and so does the line of its reader's log. When the
message is edited or deleted, both do so, too; whoever rings asks for the words of that moment.
"""

from msgspec import Struct

from rooms.ids import SYSTEM_USER_ID
from storage.backends import Pool

_WORDS = "SELECT left(content, 200) FROM messages WHERE id = $1 AND NOT is_deleted"

# A notification's id is the op_id of its line in the reader's log.
_LINES = f"""
UPDATE stream_events e
SET data = jsonb_set(e.data::jsonb, '{{notification,content}}',
                     coalesce(to_jsonb(n.content), 'null'::jsonb))::json
FROM n JOIN operations o ON o.actor_id = '{SYSTEM_USER_ID}' AND o.op_id = n.id
WHERE e.stream_id = o.stream_id AND e.seq = o.seq AND e.event = 'notification:created'
"""  # noqa: S608 (our own text)

_REWORD = f"""
WITH m AS (
    SELECT id, CASE WHEN NOT is_deleted THEN nullif(left(content, 200), '') END AS words
    FROM messages WHERE id = $1
), waiting AS (
    UPDATE notices SET notice = jsonb_set(notice, '{{text}}', '""')
    WHERE notice ->> 'message_id' = $1::text AND notice ->> 'kind' = 'message'
), n AS (
    UPDATE notifications x SET content = m.words, updated_at = now() FROM m
    WHERE x.message_id = m.id AND x.type IN ('mention', 'reply', 'dm', 'message')
    RETURNING x.id, x.content
)
{_LINES}
"""  # noqa: S608 (our own text)

_FORGET = f"""
WITH n AS (
    DELETE FROM notifications WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2)
    RETURNING id, NULL::text AS content
), lines AS ({_LINES})
SELECT count(*) FROM n
"""  # noqa: S608 (our own text)


class Words(Struct, frozen=True):
    """How a message begins."""

    text: str


async def words_of(pool: Pool, message_id: str) -> Words | None:
    """How a message begins now; None when it was deleted."""
    text = await pool.fetchval(_WORDS, message_id)
    return None if text is None else Words(text)


async def reword(pool: Pool, message_id: str) -> None:
    """A message was edited or deleted: notifications of it say what it says now, or nothing."""
    await pool.execute(_REWORD, message_id)


async def forget_notifications(pool: Pool, user_id: str, notification_id: str | None) -> int:
    """Takes one notification of a person away, or all (None), and the words from his log.

    Returns how many there were.
    """
    count: int = await pool.fetchval(_FORGET, user_id, notification_id)
    return count
