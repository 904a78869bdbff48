"""Live broadcasts and stream keys: rows beside the room's slice, and what ingest asks."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from rooms.live.state import LiveRecord
from storage.backends import Pool
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission
from storage.postgres import Postgres

KEY_OVERLAP_S = 3600
"""After a rotation a broadcast that runs on the old key may go on for an hour."""
KEY_BYTES = 24

_WRITE = """
INSERT INTO live_streams (id, room_id, user_id, title, description, streamer_name, status, is_live,
                          started_at, ended_at, scheduled_at, created_at, stream_url)
SELECT id, room_id, user_id, title, description, streamer_name, status,
       status IN ('live', 'interrupted'), started_at::timestamptz, ended_at::timestamptz,
       scheduled_at::timestamptz, created_at::timestamptz, stream_url
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
    AS l (id, room_id, user_id, title, description, streamer_name, status, started_at, ended_at,
          scheduled_at, created_at, stream_url)
ON CONFLICT (id) DO UPDATE SET
    title = excluded.title, description = excluded.description, status = excluded.status,
    is_live = excluded.is_live, started_at = excluded.started_at, ended_at = excluded.ended_at,
    updated_at = now()
"""

_COLUMNS = """
SELECT id::text, room_id::text, user_id::text, title, description, category, thumbnail_url,
       streamer_name, status, is_live, started_at, ended_at, scheduled_at, viewer_count, tags,
       stream_url, is_vod, publication, recording_track_id::text, created_at, updated_at
FROM live_streams
"""

_ONE = _COLUMNS + "WHERE id = $1 AND deleted_at IS NULL"

_ON_AIR = (
    _COLUMNS
    + """
WHERE deleted_at IS NULL AND status IN ('live', 'interrupted', 'scheduled')
  AND EXISTS (SELECT FROM rooms r
              WHERE r.id = room_id AND r.room_type = 'public' AND r.deleted_at IS NULL)
ORDER BY is_live DESC, started_at DESC NULLS LAST, id DESC LIMIT $1 OFFSET $2
"""
)

_COUNT_ON_AIR = """
SELECT count(*) FROM live_streams
WHERE deleted_at IS NULL AND status IN ('live', 'interrupted', 'scheduled')
  AND EXISTS (SELECT FROM rooms r
              WHERE r.id = room_id AND r.room_type = 'public' AND r.deleted_at IS NULL)
"""

_COUNT_OF_USER = "SELECT count(*) FROM live_streams WHERE deleted_at IS NULL AND user_id = $1"

_OF_USER = (
    _COLUMNS
    + """
WHERE deleted_at IS NULL AND user_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3
"""
)

# For a program that knows no more than its user's key: what he is on air with, else what he has
# announced for now.
_TO_PUBLISH = (
    _COLUMNS
    + """
WHERE deleted_at IS NULL AND user_id = $1
  AND (status IN ('live', 'interrupted')
       OR status = 'scheduled' AND coalesce(scheduled_at, now()) < now() + interval '1 hour')
ORDER BY status = 'scheduled', id DESC LIMIT 1
"""
)

_LAST_ROOM = """
SELECT l.room_id::text FROM live_streams l JOIN rooms r ON r.id = l.room_id
WHERE l.user_id = $1 AND r.creator_id = $1 AND r.deleted_at IS NULL
ORDER BY l.id DESC LIMIT 1
"""

_LEFT_ON_AIR = (
    _COLUMNS
    + """
WHERE deleted_at IS NULL AND status = 'live' ORDER BY started_at
"""
)

_NEXT_PUBLICATION = """
UPDATE live_streams SET publication = publication + 1 WHERE id = $1 RETURNING publication
"""

_EXPIRE_KEYS = """
UPDATE stream_keys SET expires_at = now() + make_interval(secs => $2)
WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now() + make_interval(secs => $2))
"""

_NEW_KEY = "INSERT INTO stream_keys (key_hash, user_id, prefix) VALUES ($1, $2, $3)"

_KEY_OF = """
SELECT k.user_id::text FROM stream_keys k JOIN users u ON u.id = k.user_id
WHERE k.key_hash = $1 AND (k.expires_at IS NULL OR k.expires_at > now())
  AND u.is_active AND NOT u.is_banned AND u.deleted_at IS NULL
"""

_CURRENT_KEY = """
SELECT prefix, created_at FROM stream_keys WHERE user_id = $1 AND expires_at IS NULL
ORDER BY created_at DESC LIMIT 1
"""

_SET_VIEWERS = "UPDATE live_streams SET viewer_count = $2 WHERE id = $1"

_SET_RECORDING = """
UPDATE live_streams SET recording_track_id = $2, is_vod = true, updated_at = now() WHERE id = $1
"""


class LiveRow(Struct, frozen=True, kw_only=True):
    """A broadcast as its table has it."""

    id: str
    room_id: str
    user_id: str
    title: str
    description: str | None
    category: str | None
    thumbnail_url: str | None
    streamer_name: str
    status: str
    is_live: bool
    started_at: datetime | None
    ended_at: datetime | None
    scheduled_at: datetime | None
    viewer_count: int
    tags: list[str]
    stream_url: str
    is_vod: bool
    publication: int
    recording_track_id: str | None
    created_at: datetime
    updated_at: datetime


class KeyInfo(Struct, frozen=True):
    """What may be shown of a stream key after it was made."""

    prefix: str
    created_at: datetime


async def load_live_rows(
    _connection: Connection, submissions: Sequence[Submission]
) -> Sequence[None]:
    """Live rules need nothing but their slice."""
    return [None] * len(submissions)


async def write_live_rows(connection: Connection, lives: Sequence[LiveRecord]) -> None:
    """Broadcasts as they stand after the batch; of two changes to one the last is written."""
    last = list({live.id: live for live in lives}.values())
    await connection.execute(
        _WRITE,
        [live.id for live in last],
        [live.room_id for live in last],
        [live.user_id for live in last],
        [live.title for live in last],
        [live.description for live in last],
        [live.streamer_name[:100] for live in last],
        [live.status for live in last],
        [live.started_at for live in last],
        [live.ended_at for live in last],
        [live.scheduled_at for live in last],
        [live.created_at for live in last],
        [live.hls_url for live in last],
    )


LIVE_ROWS = RowStore(load_live_rows, write_live_rows)


class Lives:
    """Reads of broadcasts, and the counter that fences their publications."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def find(self, live_id: str) -> LiveRow | None:
        """One broadcast."""
        row = await self._postgres.row(_ONE, live_id)
        return _live(row) if row is not None else None

    async def on_air(self, limit: int, offset: int) -> list[LiveRow]:
        """Broadcasts of public rooms that are on air or announced, those on air first."""
        return [_live(row) for row in await self._postgres.rows(_ON_AIR, limit, offset)]

    async def of_user(self, user_id: str, limit: int, offset: int) -> list[LiveRow]:
        """A user's own broadcasts, newest first."""
        return [_live(row) for row in await self._postgres.rows(_OF_USER, user_id, limit, offset)]

    async def count_on_air(self) -> int:
        """How many broadcasts `on_air` has in all."""
        return int(await self._postgres.value(_COUNT_ON_AIR))

    async def count_of_user(self, user_id: str) -> int:
        """How many broadcasts `of_user` has in all."""
        return int(await self._postgres.value(_COUNT_OF_USER, user_id))

    async def to_publish(self, user_id: str) -> LiveRow | None:
        """The broadcast that a stream key is for: on air, else the last one announced for now."""
        row = await self._postgres.row(_TO_PUBLISH, user_id)
        return _live(row) if row is not None else None

    async def last_room(self, user_id: str) -> str | None:
        """The user's own room that he was last on air in, if it is still there."""
        room_id: str | None = await self._postgres.value(_LAST_ROOM, user_id)
        return room_id

    async def left_on_air(self) -> list[LiveRow]:
        """Broadcasts that their rooms believe to be live."""
        return [_live(row) for row in await self._postgres.rows(_LEFT_ON_AIR)]

    async def next_publication(self, live_id: str) -> int:
        """A number greater than that of every earlier connection of this broadcast."""
        number: int = await self._postgres.value(_NEXT_PUBLICATION, live_id)
        return number

    async def set_viewers(self, live_id: str, current: int) -> None:
        """Notes how many listen now."""
        await self._postgres.run(_SET_VIEWERS, live_id, current)

    async def set_recording(self, live_id: str, track_id: str) -> None:
        """Notes the track that the recording became."""
        await self._postgres.run(_SET_RECORDING, live_id, track_id)


class StreamKeys:
    """Keys with which programs such as OBS publish in a user's name."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def regenerate(self, user_id: str) -> str:
        """A new key, in clear this once; older ones end after `KEY_OVERLAP_S`."""
        key = f"live_{secrets.token_urlsafe(KEY_BYTES)}"
        async with self._postgres.transaction() as connection:
            await connection.execute(_EXPIRE_KEYS, user_id, KEY_OVERLAP_S)
            await connection.execute(_NEW_KEY, _hash(key), user_id, key[:12])
        return key

    async def current(self, user_id: str) -> KeyInfo | None:
        """The key in force, as far as it may be shown."""
        row = await self._postgres.row(_CURRENT_KEY, user_id)
        return KeyInfo(row["prefix"], row["created_at"]) if row is not None else None

    async def owner(self, key: str) -> str | None:
        """The user a key belongs to, if it is still good."""
        user_id: str | None = await self._postgres.value(_KEY_OF, _hash(key))
        return user_id


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _live(row: Any) -> LiveRow:
    return LiveRow(**dict(row))
