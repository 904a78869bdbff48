"""What delivery has to know of a track for each request: where its files are, who may hear it."""

from typing import Literal

from msgspec import Struct, convert
from msgspec.structs import replace

from rooms.errors import Conflict, NotFound
from storage.backends import Pool
from storage.postgres import answering
from storage.uploads.media_facts import RungFacts


class TrackMedia(Struct, frozen=True):
    """One track as a listener's request meets it."""

    id: str
    creator_id: str | None
    is_public: bool
    is_deleted: bool
    stream_status: Literal["pending", "processing", "ready", "error"]
    prefix: str | None
    """Folder of its files, `tracks/{id}/{attempt}`; None until it can be played."""
    rungs: tuple[RungFacts, ...]
    duration_ms: int | None
    has_waveform: bool
    has_cover: bool
    failure_code: str | None
    failure_message: str | None
    processing_step: str | None
    processing_percent: int

    @property
    def version(self) -> int:
        """The attempt that listeners hear; 0 before there is one."""
        return 0 if self.prefix is None else int(self.prefix.rpartition("/")[2])


async def find_track_media(pool: Pool, ref: str) -> TrackMedia | None:
    """The track that `ref` names by UUID or by its integer id; None without one.

    `ref` must be a UUID or up to eighteen digits.
    """
    sql, key = (_BY_SEQ_ID, int(ref)) if ref.isdigit() else (_BY_ID, ref)
    with answering():
        row = await pool.fetchrow(sql, key)
    return None if row is None else convert(dict(row), TrackMedia)


def require_playable(track: TrackMedia) -> str:
    """Folder of what there is of a track, from its first segment on.

    Raises:
        Conflict: TRACK_PROCESSING (422): there is nothing yet.
        NotFound: it could not be made.
    """
    if track.prefix is not None:
        return track.prefix
    if track.stream_status == "error":
        raise NotFound(track.failure_message or "The track could not be processed.")
    raise Conflict("Track is being processed", "TRACK_PROCESSING", status=422)


def require_complete(track: TrackMedia) -> str:
    """Folder of a track whose files are all there and will not change; raises as above."""
    if track.prefix is not None and track.stream_status != "ready":
        track = replace(track, prefix=None)
    return require_playable(track)


_COLUMNS = """
SELECT id::text, creator_id::text, is_public, deleted_at IS NOT NULL AS is_deleted, stream_status,
       media_prefix AS prefix, rungs, duration_ms, has_waveform, has_cover, failure_code,
       status_message AS failure_message, processing_step, processing_percent
FROM tracks
"""
_BY_ID = _COLUMNS + "WHERE id = $1"
_BY_SEQ_ID = _COLUMNS + "WHERE seq_id = $1"
