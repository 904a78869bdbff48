"""Uploads under way, and the quota they hold a place in.

An upload's row is its reservation: it counts against the month and the storage of its owner from
its first byte on, so that two hundred begun at once cannot pass a quota of ten. The row of one that
is given up goes away with it; the row of one whose process died stops counting at `expires_at`, and
`sweep` removes what it left.
"""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from rooms.errors import Conflict, NotFound
from storage.backends import Pool
from storage.objects.objects import ObjectStore
from storage.postgres import Postgres
from storage.tracks.rows import Track, read_track
from storage.uploads.new_tracks import NewTrack, add_track
from storage.uploads.orders import TranscodeOrder, order_transcode
from storage.uploads.plans import PlanLimits, Usage, refuse_over

DIRECT_S = 2 * 3600
"""How long one request may take to send a whole file."""
CHUNKED_S = 24 * 3600
"""How long an upload in chunks may pause, counted from its last chunk."""

UploadStatus = Literal["uploading", "processing", "completed", "failed"]


class Upload(Struct, frozen=True, kw_only=True):
    """An upload in chunks."""

    id: str
    user_id: str
    filename: str
    total_bytes: int
    received_bytes: int
    chunk_bytes: int
    total_chunks: int
    received_chunks: tuple[int, ...]
    storage_key: str
    """Where the whole file goes: originals/{id of the track}/source."""
    status: UploadStatus
    track_id: str | None
    sha256: bytes | None
    metadata: dict[str, Any]
    error_message: str | None
    expires_at: datetime
    updated_at: datetime


class Part(Struct, frozen=True):
    """One chunk that has arrived."""

    index: int
    size_bytes: int
    sha256: bytes
    storage_key: str


_LIMITS = """
SELECT p.plan, p.max_file_bytes, p.max_duration_seconds, p.uploads_per_month, p.storage_bytes
FROM users u JOIN plan_limits p ON p.plan = u.plan
WHERE u.id = $1 AND u.deleted_at IS NULL
"""

# Counted here and not in tracks: deleting must be no way around the month's quota, and what the
# operator imports is not counted.
_USAGE = """
SELECT (SELECT count(*) FROM uploads
        WHERE user_id = $1
          AND (status = 'uploading' AND expires_at > now()
               OR status = 'completed' AND created_at >= date_trunc('month', now(), 'UTC'))
       ) AS uploads,
       ((SELECT coalesce(sum(file_size), 0) FROM tracks
         WHERE creator_id = $1 AND deleted_at IS NULL)
        + (SELECT coalesce(sum(total_bytes), 0) FROM uploads
           WHERE user_id = $1 AND status = 'uploading' AND expires_at > now()))::bigint AS bytes,
       date_trunc('month', now(), 'UTC') + interval '1 month' AS resets_at, now() AS now
"""

_RESERVE = """
INSERT INTO uploads (user_id, filename, mime_type, total_bytes, chunk_bytes, total_chunks,
                     storage_key, sha256, metadata, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10))
RETURNING id::text
"""

_GET = """
SELECT id::text, user_id::text, filename, total_bytes, received_bytes, chunk_bytes, total_chunks,
       received_chunks, storage_key, status, track_id::text, sha256, metadata, error_message,
       expires_at, updated_at
FROM uploads WHERE id = $1 AND user_id = $2 AND chunk_bytes IS NOT NULL
"""

_ADD_PART = """
INSERT INTO upload_parts (upload_id, chunk_index, size_bytes, sha256, storage_key)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (upload_id, chunk_index) DO NOTHING
"""

_COUNT_PART = """
UPDATE uploads
SET received_bytes = received_bytes + $2, received_chunks = received_chunks || $3::integer,
    updated_at = now(), expires_at = now() + make_interval(secs => $4)
WHERE id = $1
"""

_PARTS = """
SELECT chunk_index AS index, size_bytes, sha256, storage_key FROM upload_parts
WHERE upload_id = $1 ORDER BY chunk_index
"""

_EXPIRED = """
SELECT id::text, storage_key FROM uploads
WHERE status = 'uploading' AND expires_at < now() - interval '5 minutes'
ORDER BY expires_at LIMIT $1
"""


class Uploads:
    """The tables uploads and upload_parts.

    Args:
        pool: connections.
        basic: what the default plan `basic` allows, when the operator has set it; other plans are
            as the table plan_limits says.
    """

    def __init__(self, pool: Pool, basic: PlanLimits | None = None) -> None:
        self._postgres = Postgres(pool)
        self._basic = basic

    async def limits(self, user_id: str | None) -> PlanLimits:
        """What the user's plan allows; a stranger is shown the default plan."""
        row = None
        if user_id is not None:
            row = await self._postgres.row(_LIMITS, user_id)
        if row is None:
            row = await self._postgres.row("SELECT * FROM plan_limits WHERE plan = 'basic'")
        return self._limits(row)

    async def usage(self, user_id: str) -> Usage:
        """What the account has used of it."""
        limits = await self.limits(user_id)
        row = await self._postgres.row(_USAGE, user_id)
        assert row is not None  # a SELECT without FROM has one row
        return Usage(limits, row["uploads"], row["bytes"], row["resets_at"])

    async def reserve(
        self,
        user_id: str,
        *,
        filename: str,
        total_bytes: int,
        storage_key: str,
        mime_type: str | None = None,
        chunk_bytes: int | None = None,
        total_chunks: int | None = None,
        sha256: bytes | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Begin an upload and return its id; its owner's uploads are counted one after another.

        Raises:
            QuotaExceeded: no place is left this month, or not enough storage.
        """
        lifetime_s = DIRECT_S if chunk_bytes is None else CHUNKED_S
        async with self._postgres.transaction() as connection:
            await connection.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user_id)
            limits = self._limits(await connection.fetchrow(_LIMITS, user_id))
            usage = await connection.fetchrow(_USAGE, user_id)
            assert usage is not None  # a SELECT without FROM has one row
            refuse_over(limits, usage, total_bytes)
            upload_id: str = await connection.fetchval(
                _RESERVE,
                user_id,
                filename,
                mime_type,
                total_bytes,
                chunk_bytes,
                total_chunks,
                storage_key,
                sha256,
                metadata or {},
                lifetime_s,
            )
        return upload_id

    async def finish(
        self, upload_id: str, new: NewTrack, max_duration_s: int | None
    ) -> tuple[Track, bool]:
        """Make a track of an upload whose object is stored, and order its processing: all or none.

        Returns:
            the track, and whether it is new: a repeat gets the track of the first time.

        Raises:
            NotFound: the upload was given up meanwhile.
        """
        order = TranscodeOrder(new.id, None if max_duration_s is None else max_duration_s * 1000)
        async with self._postgres.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT status, track_id::text FROM uploads WHERE id = $1 FOR UPDATE", upload_id
            )
            if row is None:
                raise NotFound("There is no such upload.")
            if row["track_id"] is not None:
                return await read_track(connection, row["track_id"]), False
            track = await add_track(connection, new)
            await connection.execute(
                "UPDATE uploads SET status = 'completed', track_id = $2, received_bytes = $3,"
                " updated_at = now() WHERE id = $1",
                upload_id,
                new.id,
                new.file_size,
            )
            await order_transcode(connection, order)
        return track, True

    async def give_up(self, upload_id: str) -> None:
        """Forget an upload that did not become a track; its place in the quota is free again."""
        await self._postgres.run(
            "DELETE FROM uploads WHERE id = $1 AND track_id IS NULL", upload_id
        )

    async def get(self, upload_id: str, user_id: str) -> Upload | None:
        """A user's own upload in chunks."""
        row = await self._postgres.row(_GET, upload_id, user_id)
        if row is None:
            return None
        values = dict(row)
        values["received_chunks"] = tuple(sorted(values["received_chunks"]))
        return Upload(**values)

    async def part(self, upload_id: str, index: int) -> Part | None:
        """A chunk that has arrived before."""
        row = await self._postgres.row(
            "SELECT chunk_index AS index, size_bytes, sha256, storage_key FROM upload_parts"
            " WHERE upload_id = $1 AND chunk_index = $2",
            upload_id,
            index,
        )
        return None if row is None else Part(**dict(row))

    async def parts(self, upload_id: str) -> list[Part]:
        """All chunks that have arrived, in order."""
        return [Part(**dict(row)) for row in await self._postgres.rows(_PARTS, upload_id)]

    async def add_part(self, upload_id: str, part: Part) -> bool:
        """Note a stored chunk; False when one with this index has arrived before.

        Raises:
            Conflict: the upload is complete or has been given up.
        """
        async with self._postgres.transaction() as connection:
            status = await connection.fetchval(
                "SELECT status FROM uploads WHERE id = $1 FOR UPDATE", upload_id
            )
            if status != "uploading":
                raise Conflict("This upload takes no more chunks.")
            added = await connection.execute(
                _ADD_PART, upload_id, part.index, part.size_bytes, part.sha256, part.storage_key
            )
            if added != "INSERT 0 1":
                return False
            await connection.execute(_COUNT_PART, upload_id, part.size_bytes, part.index, CHUNKED_S)
        return True

    async def sweep(self, objects: ObjectStore, most: int = 100) -> int:
        """Remove what uploads left behind whose time is over. Returns how many there were."""
        rows = await self._postgres.rows(_EXPIRED, most)
        for row in rows:
            await objects.delete_prefix(f"uploads/{row['id']}/")
            await objects.delete_prefix(f"{row['storage_key'].rpartition('/')[0]}/")
            await self.give_up(row["id"])
        return len(rows)

    def _limits(self, row: Any) -> PlanLimits:
        if row is None:
            raise NotFound("There is no such account.")
        if row["plan"] == "basic" and self._basic is not None:
            return self._basic
        return PlanLimits(
            row["plan"],
            row["max_file_bytes"],
            row["max_duration_seconds"],
            row["uploads_per_month"],
            row["storage_bytes"],
        )
