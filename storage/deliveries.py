"""What has to be known of a track before one byte of it is handed out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from storage.backends import Pool
from storage.loader import Loader
from storage.postgres import Postgres
from storage.transcodes import RungFacts

_COLUMNS = """
SELECT id::text, creator_id::text, is_public, media_prefix, stream_status, duration_ms, rungs,
       has_cover, has_waveform, deleted_at IS NOT NULL AS is_deleted
FROM tracks
"""

_BY_ID = _COLUMNS + "WHERE id = ANY($1::uuid[])"

_ID_OF = "SELECT id::text FROM tracks WHERE seq_id = $1"

MAX_SEQ_ID = 2**63 - 1


class Delivery(Struct, frozen=True, kw_only=True):
    """A track as delivery sees it."""

    id: str
    creator_id: str | None
    is_public: bool
    is_deleted: bool
    media_prefix: str | None
    """Folder of the published files; None until it can be played."""
    stream_status: str
    duration_ms: int | None
    rungs: tuple[RungFacts, ...]
    has_cover: bool
    has_waveform: bool


class Deliveries:
    """Finds tracks for delivery; many asked for in one turn of the loop are one query."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)
        self._by_id: Loader[Delivery] = Loader(self._load)

    async def find(self, reference: str) -> Delivery | None:
        """The track of a UUID or of an integer id (specification C01), a deleted one too."""
        if reference.isascii() and reference.isdigit():
            number = int(reference) if len(reference) < 20 else MAX_SEQ_ID + 1
            if number > MAX_SEQ_ID:
                return None
            track_id: str | None = await self._postgres.value(_ID_OF, number)
            return None if track_id is None else await self._by_id.get(track_id)
        try:
            return await self._by_id.get(str(UUID(reference)))
        except ValueError:
            return None

    async def _load(self, track_ids: Sequence[str]) -> dict[str, Delivery]:
        rows = await self._postgres.rows(_BY_ID, list(track_ids))
        return {row["id"]: _delivery(row) for row in rows}


def _delivery(row: Any) -> Delivery:
    values = dict(row)
    values["rungs"] = msgspec.convert(row["rungs"] or [], tuple[RungFacts, ...])
    return Delivery(**values)
