"""Rows of attachments: uploaded to a room, taken by a message, gone with it."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from rooms.chat.records import Attachment, Message
from storage.backends import Pool
from storage.commit.rows import Connection
from storage.commit.statement import Part

UNUSED_S = 24 * 3600
"""An upload that no message has taken after a day is swept."""
MAX_UNUSED = 50
"""Uploads of one person that no message has taken yet."""

_UPLOADS = """
SELECT id::text, room_id::text, uploader_id::text, record::text AS record
FROM message_attachments
WHERE id = ANY($1::uuid[]) AND message_id IS NULL AND deleted_at IS NULL
"""

_TAKE = """
UPDATE message_attachments a SET message_id = q.message_id
FROM unnest($1::uuid[], $2::uuid[]) AS q (id, message_id)
WHERE a.id = q.id
"""

_ADD = """
INSERT INTO message_attachments (id, room_id, uploader_id, filename, mime_type, size_bytes,
                                 storage_key, kind, record)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb)
"""

_UNUSED_OF = """
SELECT count(*) FROM message_attachments
WHERE uploader_id = $1 AND message_id IS NULL AND deleted_at IS NULL
"""

_FIND = """
SELECT id::text, room_id::text, uploader_id::text, message_id::text, filename, mime_type,
       size_bytes, storage_key, kind
FROM message_attachments WHERE id = $1 AND deleted_at IS NULL
"""

# Rows of deleted messages and of uploads nobody used: their objects go first, the rows after.
_SWEEPABLE = """
SELECT id::text, storage_key FROM message_attachments
WHERE deleted_at IS NOT NULL
   OR (message_id IS NULL AND created_at < now() - make_interval(secs => $1))
LIMIT 500
"""

_FORGET = "DELETE FROM message_attachments WHERE id = ANY($1::uuid[])"


class Prepared(Struct, frozen=True, kw_only=True):
    """What is kept of a file that somebody sent: made anew from it (media/attachments.py)."""

    kind: Literal["image", "audio"]
    mime_type: str
    data: bytes
    thumbnail: bytes | None = None
    """JPEG of 256 x 256 px; pictures only."""
    width_px: int | None = None
    height_px: int | None = None
    duration_ms: int | None = None
    peaks: tuple[int, ...] = ()


class StoredAttachment(Struct, frozen=True, kw_only=True):
    """Where an attachment's bytes are, and who may have them."""

    id: str
    room_id: str
    uploader_id: str
    message_id: str | None
    filename: str
    mime_type: str
    size_bytes: int
    storage_key: str
    """Prefix of its objects: `source`, and for pictures `thumbnail.jpg`."""
    kind: str


async def load_uploads(
    connection: Connection, ids: Sequence[str]
) -> dict[tuple[str, str], dict[str, Attachment]]:
    """Uploads that no message has taken, by (room_id, uploader_id) and id."""
    found: dict[tuple[str, str], dict[str, Attachment]] = {}
    for row in await connection.fetch(_UPLOADS, list(ids)):
        record = msgspec.json.decode(row["record"], type=Attachment)
        found.setdefault((row["room_id"], row["uploader_id"]), {})[row["id"]] = record
    return found


def attach_to_messages(messages: Sequence[Message]) -> Part:
    """Notes which message has taken which upload."""
    pairs = [(a.id, m.id) for m in messages for a in m.attachments]
    return Part(_TAKE, ([p[0] for p in pairs], [p[1] for p in pairs]))


class Attachments:
    """Attachments outside the commit."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self, record: Attachment, *, room_id: str, uploader_id: str, storage_key: str
    ) -> None:
        """A new upload, its objects stored before."""
        await self._pool.execute(
            _ADD,
            record.id,
            room_id,
            uploader_id,
            record.filename,
            record.mime_type,
            record.size_bytes,
            storage_key,
            record.kind,
            msgspec.json.encode(record).decode(),
        )

    async def unused_of(self, user_id: str) -> int:
        """How many uploads of a person wait for a message."""
        count: int = await self._pool.fetchval(_UNUSED_OF, user_id)
        return count

    async def find(self, attachment_id: str) -> StoredAttachment | None:
        """One attachment; None when its message was deleted."""
        row: Any = await self._pool.fetchrow(_FIND, attachment_id)
        return msgspec.convert(dict(row), StoredAttachment) if row is not None else None

    async def sweepable(self) -> list[tuple[str, str]]:
        """Ids and storage keys of what nobody can reach any more, some hundred at a time."""
        rows = await self._pool.fetch(_SWEEPABLE, UNUSED_S)
        return [(row["id"], row["storage_key"]) for row in rows]

    async def forget(self, ids: Sequence[str]) -> None:
        """Their objects are gone."""
        await self._pool.execute(_FORGET, list(ids))
