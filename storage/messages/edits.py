"""Rows of edits, deletions and pins."""

from collections.abc import Sequence
from typing import Any

from rooms.chat.edits import Deleted, Edited, EditRows, PinMessage, Pinned, UpdateMessage
from rooms.chat.text import names_in
from storage.commit.rows import Connection, RowStore
from storage.commit.statement import Part
from storage.commit.submission import Submission
from storage.messages.pages import FROM, PLAIN, message_of
from storage.messages.rows import encode_metadata, load_members
from storage.moderation.log import side_parts

_LOAD = (
    PLAIN
    + FROM
    + """
JOIN unnest($1::uuid[], $2::uuid[]) AS q (room_id, id) ON q.id = m.id AND q.room_id = m.room_id
"""
)

_PINNED = """
SELECT room_id::text, count(*) AS count FROM messages
WHERE room_id = ANY($1::uuid[]) AND is_pinned GROUP BY room_id
"""

_EDIT = """
UPDATE messages m SET content = q.content, metadata = q.metadata, is_edited = true,
       edited_at = q.edited_at::timestamptz, rev = q.rev, updated_at = now()
FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::int[])
    AS q (id, content, metadata, edited_at, rev)
WHERE m.id = q.id
"""

_KEEP_WORDING = """
INSERT INTO message_edits (message_id, rev, content, event_seq, written_at)
SELECT id, rev, content, event_seq, written_at::timestamptz
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bigint[], $5::text[])
    AS q (id, rev, content, event_seq, written_at)
ON CONFLICT (message_id, rev) DO NOTHING
"""

_DELETE = """
UPDATE messages SET content = '', metadata = NULL, is_deleted = true, is_pinned = false,
       updated_at = now()
WHERE id = ANY($1::uuid[])
"""

# The words go from the log, too, or a catch-up would tell them: the lines stay, seq by seq.
_SCRUB = """
UPDATE stream_events e
SET data = (e.data::jsonb || '{"content": "", "is_deleted": true, "attachments": [], "refs": [],
                               "attachment_ids": [], "mentions": []}')::json
FROM (
    SELECT room_id, seq FROM unnest($1::uuid[], $2::bigint[]) AS q (room_id, seq)
    UNION ALL
    SELECT q.room_id, x.event_seq FROM unnest($1::uuid[], $3::uuid[]) AS q (room_id, id)
    JOIN message_edits x ON x.message_id = q.id
) AS line
WHERE e.stream_id = line.room_id AND e.seq = line.seq
"""

_FORGET_WORDINGS = "DELETE FROM message_edits WHERE message_id = ANY($1::uuid[])"

_FORGET_ATTACHMENTS = """
UPDATE message_attachments SET deleted_at = now() WHERE message_id = ANY($1::uuid[])
"""

_PIN = """
UPDATE messages m SET is_pinned = q.pinned_at IS NOT NULL, pinned_at = q.pinned_at::timestamptz,
       pinned_by = q.by
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS q (id, by, pinned_at)
WHERE m.id = q.id
"""


async def load_edit_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[EditRows]:
    """For each command its message, and what its rule asks for besides."""
    asked = [(item.room_id, _message_id(item)) for item in submissions]
    rows = await connection.fetch(_LOAD, [a[0] for a in asked], [a[1] for a in asked])
    messages = {row["id"]: message_of(row) for row in rows}
    people: list[tuple[str | None, str]] = []
    for item in submissions:
        if isinstance(item.payload, UpdateMessage):
            named = {*map(str.lower, item.payload.mentions), *names_in(item.payload.content)}
            people += [(item.room_id, each) for each in sorted(named)[:150]]
    members = await load_members(connection, people) if people else {}
    pinning = list({i.room_id for i in submissions if isinstance(i.payload, PinMessage)})
    counts = await connection.fetch(_PINNED, pinning) if pinning else []
    pins = {row["room_id"]: row["count"] for row in counts}
    return [
        EditRows(
            messages.get(message_id),
            tuple(members.get(room_id or "", {}).items()),
            pins.get(room_id or "", 0),
        )
        for room_id, message_id in asked
    ]


def edit_parts(rows: Sequence[Any]) -> list[Part]:
    """Writes of edits, deletions and pins."""
    parts: list[Part] = []
    if edits := [row for row in rows if isinstance(row, Edited)]:
        parts += _edits(edits)
    if deleted := [row for row in rows if isinstance(row, Deleted)]:
        ids = [d.message_id for d in deleted]
        parts += [
            Part(_DELETE, (ids,)),
            Part(_SCRUB, ([d.room_id for d in deleted], [d.seq for d in deleted], ids)),
            Part(_FORGET_WORDINGS, (ids,)),
            Part(_FORGET_ATTACHMENTS, (ids,)),
        ]
    if pins := [row for row in rows if isinstance(row, Pinned)]:
        columns = ([p.message_id for p in pins], [p.by for p in pins], [p.at for p in pins])
        parts.append(Part(_PIN, columns))
    return parts + side_parts(rows)


def _edits(edits: Sequence[Edited]) -> list[Part]:
    messages = [edit.message for edit in edits]
    changed = (
        [m.id for m in messages],
        [m.content for m in messages],
        [encode_metadata(m) for m in messages],
        [m.edited_at for m in messages],
        [m.rev for m in messages],
    )
    # How it began is kept with the first edit.
    wordings = [
        (m.id, 0, e.before, e.before_seq, m.created_at)
        for e, m in zip(edits, messages, strict=True)
        if m.rev == 1
    ]
    wordings += [
        (e.message.id, e.message.rev, e.message.content, e.event_seq, e.message.edited_at or "")
        for e in edits
    ]
    return [
        Part(_EDIT, changed),
        Part(_KEEP_WORDING, tuple(map(list, zip(*wordings, strict=True)))),
    ]


def _message_id(item: Submission) -> str:
    message_id: str = item.payload.message_id  # type: ignore[attr-defined] # every payload has one
    return message_id.lower()


CHAT_EDIT_ROWS = RowStore(load_edit_rows, part=edit_parts, key=_message_id)
