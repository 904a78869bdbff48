"""The words of messages that search finds: added behind the ack, a second or two after it."""

from storage.backends import Pool
from storage.postgres import Postgres

MOST_ROOMS = 100
MOST_MESSAGES = 500
"""Of one room; both together keep a round of catching up under some seconds of PostgreSQL."""

# One worker at a time; the lock goes with the transaction.
_OURS = "SELECT pg_try_advisory_xact_lock(hashtext('veza.message_words'))"

# Every room whose log has grown: one look at `streams`, 10 ms with 100,000 of them.
_BEHIND = """
SELECT s.id, coalesce(w.seq, 0) AS after, least(s.head_seq, coalesce(w.seq, 0) + $2) AS until
FROM streams s LEFT JOIN message_words_marks w ON w.room_id = s.id
WHERE s.kind = 'room' AND s.head_seq > coalesce(w.seq, 0)
LIMIT $1
"""

_FILL = """
WITH behind AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS b (room_id, after, until)
), marked AS (
    INSERT INTO message_words_marks (room_id, seq) SELECT room_id, until FROM behind
    ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq
)
UPDATE messages m SET content_tsv = search_words(m.content)
FROM behind b
WHERE m.room_id = b.room_id AND m.seq > b.after AND m.seq <= b.until AND m.content_tsv IS NULL
"""


class MessageWords:
    """Keeps the index of words up with what is said."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def fill(self) -> bool:
        """Adds the words of messages that have none yet; True when there are more to do at once.

        Any number of workers may call it: one works, for the others there is nothing to do.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        async with self._postgres.transaction() as connection:
            if not await connection.fetchval(_OURS):
                return False
            rooms = await connection.fetch(_BEHIND, MOST_ROOMS, MOST_MESSAGES)
            if rooms:
                columns = [[room[name] for room in rooms] for name in ("id", "after", "until")]
                await connection.execute(_FILL, *columns)
        return len(rooms) == MOST_ROOMS or any(
            room["until"] - room["after"] == MOST_MESSAGES for room in rooms
        )
