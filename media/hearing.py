"""May this caller hear that track, and where is it? One answer for every way sound goes out."""

import re

from rooms.access import Principal, may_hear
from rooms.errors import Conflict, Forbidden, Gone, NotFound
from storage.backends import Pool
from storage.track_media import TrackMedia, find_track_media

_REF = re.compile(r"[0-9]{1,18}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


async def find_heard(pool: Pool, ref: str, principal: Principal | None) -> TrackMedia:
    """The track that `ref` names by UUID or integer id, if the caller may hear it.

    Raises:
        NotFound: TRACK_NOT_FOUND.
        Gone: TRACK_DELETED.
        Forbidden: UNAUTHORIZED_ACCESS.
    """
    return require_heard(
        await find_track_media(pool, ref) if _REF.fullmatch(ref) else None, principal
    )


def require_heard(track: TrackMedia | None, principal: Principal | None) -> TrackMedia:
    """The track itself, if the caller may hear it now; raises as `find_heard`."""
    if track is None:
        raise NotFound("Track not found", "TRACK_NOT_FOUND")
    if track.is_deleted:
        raise Gone("Track deleted", "TRACK_DELETED")
    if not may_hear(track.is_public, track.creator_id, principal):
        raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")
    return track


def require_complete(track: TrackMedia) -> str:
    """Folder of a track whose files are all there and will not change.

    Raises:
        Conflict: TRACK_PROCESSING (422): it is being made; HLS plays what there is of it.
        NotFound: it could not be made.
    """
    if track.prefix is not None and track.stream_status == "ready":
        return track.prefix
    if track.stream_status == "error":
        raise NotFound(track.failure_message or "The track could not be processed.")
    raise Conflict("Track is being processed", "TRACK_PROCESSING", status=422)
