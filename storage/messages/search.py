"""Search in messages: PostgreSQL's full text, newest first, in one room or in all of a person's.

Two looks. Words that are common stand among the newest messages, so those are read first, along the
log; this also finds what was said a moment ago and has no words in the index yet
(storage/messages/words.py). What is not found there is rare, and the index of words answers: no
look reads all messages with a common word. Over a million messages: loadtests/chat_search.py.
Accents are folded on both sides (`search_text` of migration 0025).
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from rooms.chat.records import MessageView
from storage.backends import Pool
from storage.messages.pages import VIEWS, VISIBLE, views_within
from storage.postgres import answering

NEWEST = 2_000
"""Messages that the first look reads: some ms. Of all rooms of a person each has its share."""
LEAST_OF_EACH = 25
TIMEOUT_S = 2.0

Has = Literal["link", "image", "audio", "track", "queue_item", "live", "attachment", "moment"]

_HAS: dict[str, str] = {
    "link": "m.content ~* '\\mhttps?://\\S'",
    "attachment": "m.metadata -> 'attachments' IS NOT NULL",
    "moment": "m.metadata -> 'moment' IS NOT NULL",
    "image": """m.metadata @> '{"attachments": [{"kind": "image"}]}'""",
    "audio": """m.metadata @> '{"attachments": [{"kind": "audio"}]}'""",
    "track": """m.metadata @> '{"refs": [{"kind": "track"}]}'""",
    "queue_item": """m.metadata @> '{"refs": [{"kind": "queue_item"}]}'""",
    "live": """m.metadata @> '{"refs": [{"kind": "live"}]}'""",
}

_MINE = """
ARRAY(SELECT x.room_id FROM room_members x JOIN rooms r ON r.id = x.room_id
      WHERE x.user_id = $1 AND x.state = 'joined' AND r.deleted_at IS NULL)
"""

MANY_MESSAGES = 100_000
"""A person with so many in all his rooms is better served by the words alone: to find out in the
index which messages are in his rooms takes 45 ms of a million. Who has fewer must not pay for all
that strangers say."""

_MANY = f"""
(SELECT coalesce(sum(s.head_seq), 0) > {MANY_MESSAGES} FROM streams s WHERE s.id = ANY ({_MINE}))
"""  # noqa: S608 (our own texts)

_SHARE = f"SELECT greatest({LEAST_OF_EACH}, {NEWEST} / greatest(cardinality({_MINE}), 1))"

_READ = """
id, room_id, sender_id, content, content_tsv, metadata, message_type, is_deleted, created_at
"""

# What a look finds is read with it: the array is made first, and then asked of the key.
_FOUND = (VIEWS + "WHERE m.id = ANY (ARRAY(").replace("{", "{{").replace("}", "}}") + "{})) "


class MessageQuery(Struct, frozen=True, kw_only=True):
    """What is looked for; nothing finds the newest messages."""

    room_id: str | None
    """None: every room that the reader is in."""
    words: str = ""
    """As in a web search: "two words", -not, or."""
    sender_id: str | None = None
    has: Has | None = None
    before: datetime | None = None
    after: datetime | None = None
    cursor: str | None = None
    """Id of the last message of the page before."""
    limit: int = 20


class Found(Struct, frozen=True):
    """Messages found, newest first, and the cursor of the next page (None: that was all)."""

    messages: list[MessageView]
    next_cursor: str | None


async def search_messages(pool: Pool, reader_id: str, query: MessageQuery) -> Found:
    """Messages that match, of rooms the reader may read (the caller has checked `room_id`).

    Raises:
        Unavailable: it took longer than 2 s, and PostgreSQL was told to stop.
    """
    found: dict[str, Any] = {}
    narrows = (query.words, query.sender_id, query.has, query.before, query.after)
    looks = (_first_look, _second_look) if any(narrows) else (_first_look,)
    for look in looks:
        sql, args = look(reader_id, query)
        with answering():
            rows = await pool.fetch(_FOUND.format(sql), *args, timeout=TIMEOUT_S)
        found |= {row["id"]: row for row in rows}
        if len(found) > query.limit:
            break
    ids = sorted(found, reverse=True)
    page = ids[: query.limit]
    fitting = views_within([found[message_id] for message_id in page])
    if len(fitting) < len(page):
        return Found(fitting, fitting[-1].id)
    # The first look alone reads of each room its share: it has more while it finds anything.
    more = len(ids) > query.limit or (bool(ids) and len(looks) == 1 and query.room_id is None)
    return Found(fitting, page[-1] if more else None)


class _Sql:
    """A query put together from our own texts; what comes from outside is an argument."""

    def __init__(self, reader_id: str, query: MessageQuery) -> None:
        self.args: list[Any] = [reader_id]
        self.limit = self.add(query.limit + 1)
        self.cursor = self.add(UUID(query.cursor)) if query.cursor else None
        self.words = self.add(query.words) if query.words else None
        self.room = self.add(query.room_id) if query.room_id else None
        self.where = ["NOT m.is_deleted", "m.message_type <> 'system'", VISIBLE]
        if self.cursor:
            self.where.append(f"m.id < {self.cursor}::uuid")
        if query.sender_id:
            self.where.append(f"m.sender_id = {self.add(query.sender_id)}::uuid")
        if query.has:
            self.where.append(_HAS[query.has])
        if query.before:
            self.where.append(f"m.created_at < {self.add(query.before)}::timestamptz")
        if query.after:
            self.where.append(f"m.created_at >= {self.add(query.after)}::timestamptz")

    def add(self, value: Any) -> str:
        self.args.append(value)
        return f"${len(self.args)}"

    def matches(self, words: str) -> str:
        """All conditions; `words` is the expression that the words are looked for in."""
        asked = f"websearch_to_tsquery('simple', search_text({self.words}))"
        said = [f"{words} @@ {asked}"] if self.words else []
        return " AND ".join([*said, *self.where])


def _first_look(reader_id: str, query: MessageQuery) -> tuple[str, list[Any]]:
    """Among the newest messages, whether their words are indexed or not."""
    sql = _Sql(reader_id, query)
    newer = f"id < {sql.cursor}::uuid" if sql.cursor else "true"
    matches = sql.matches("coalesce(m.content_tsv, search_words(m.content))")
    if sql.room:
        edge = "true"
        if sql.cursor:
            edge = f"seq <= (SELECT seq FROM messages WHERE id = {sql.cursor})"  # noqa: S608
        newest = f"""
            SELECT {_READ} FROM messages WHERE room_id = {sql.room}::uuid AND {edge}
            ORDER BY seq DESC LIMIT {NEWEST}
        """  # noqa: S608 (our own texts)
        floor = "true"
    else:
        newest = f"""
            SELECT w.* FROM unnest({_MINE}) AS mine (id) CROSS JOIN LATERAL (
                SELECT {_READ} FROM messages WHERE room_id = mine.id AND {newer}
                ORDER BY seq DESC LIMIT ({_SHARE})) AS w
        """  # noqa: S608 (our own texts)
        # Behind the oldest that was read of a busy room, that room may hold more.
        floor = f"""
            m.id >= ALL (ARRAY(SELECT (array_agg(id ORDER BY id))[1] FROM w GROUP BY room_id
                               HAVING count(*) = ({_SHARE})))
        """  # noqa: S608 (our own texts)
    text = f"""
        WITH w AS MATERIALIZED ({newest})
        SELECT m.id FROM w AS m WHERE {matches} AND {floor} ORDER BY m.id DESC LIMIT {sql.limit}
    """  # noqa: S608 (our own texts)
    return text, sql.args


def _second_look(reader_id: str, query: MessageQuery) -> tuple[str, list[Any]]:
    """By the index of words alone, which the planner must not trade for a walk along the rooms."""
    sql = _Sql(reader_id, query)
    matches = sql.matches("m.content_tsv")
    indexed = "AND m.content_tsv IS NOT NULL" if sql.words or query.sender_id else ""

    def hits(rooms: str) -> str:
        return f"SELECT m.id FROM messages m WHERE {rooms} AND {matches} {indexed}"  # noqa: S608

    if sql.room:
        found = hits(f"m.room_id = {sql.room}::uuid")
    elif not sql.words:
        found = hits(f"m.room_id = ANY ({_MINE})")
    else:
        few = hits(f"NOT {_MANY} AND m.room_id = ANY ({_MINE})")
        found = f"{few} UNION ALL {hits(f'{_MANY} AND (m.room_id = ANY ({_MINE})) IS TRUE')}"
    text = f"""
        WITH hits AS MATERIALIZED ({found})
        SELECT id FROM hits ORDER BY id DESC LIMIT {sql.limit}
    """  # noqa: S608 (our own texts)
    return text, sql.args
