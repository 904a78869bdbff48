"""Changes to tracks and their end, one by one and by the hundred."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import asdict

from api.auth.principals import caller
from api.bodies import invalid, read_json, read_query
from api.envelope import ok
from api.parts import Api
from api.schemas.track_changes import (
    BatchAnswer,
    BatchFailure,
    Cleanup,
    DeletedTrack,
    DeleteQuery,
    DeleteTracks,
    Impact,
    TrackChanges,
    UpdatedTrack,
    UpdateTracks,
)
from api.text import clean_block, clean_line
from api.times import utc
from api.tracks.metadata import tidy_tags
from api.tracks.tracks import refuse_deleted, track_id_of, track_not_found
from api.tracks.views import updated
from rooms.access import Principal, may_delete, may_edit
from rooms.errors import FieldError, Forbidden, HubError
from storage.refs import Ref
from storage.tracks.rows import Track


class TrackProcessing(HubError):
    """A worker is busy with the track; afterwards the same request is welcome."""

    status = 422
    default_code = "TRACK_PROCESSING"


async def update_track(request: web.Request, api: Api) -> web.Response:
    """Change what the body names (A4); the owner only."""
    body = await read_json(request, TrackChanges)
    track_id = await track_id_of(request, api)
    return ok(await change(api, caller(request), track_id, body), "Track updated successfully")


async def delete_track(request: web.Request, api: Api) -> web.Response:
    """Take a track away (A5); its owner or an administrator."""
    force = read_query(request, DeleteQuery).force
    track_id = await track_id_of(request, api)
    gone = await remove(api, caller(request), track_id, force=force)
    return ok(gone, "Track deleted successfully")


async def update_batch(request: web.Request, api: Api) -> web.Response:
    """Change several tracks alike; each by itself, its owner only."""
    principal = caller(request)
    body = await read_json(request, UpdateTracks)
    changes = TrackChanges(**{name: getattr(body, name) for name in TrackChanges.__struct_fields__})

    async def one(track_id: str) -> None:
        await change(api, principal, track_id, changes)

    return ok(await _each(api, body.track_ids, one), "Tracks updated")


async def delete_batch(request: web.Request, api: Api) -> web.Response:
    """Take several tracks away; each by itself, its owner or an administrator."""
    principal = caller(request)
    body = await read_json(request, DeleteTracks)

    async def one(track_id: str) -> None:
        await remove(api, principal, track_id, force=body.force)

    return ok(await _each(api, body.track_ids, one), "Tracks deleted")


async def change(api: Api, principal: Principal, track_id: str, body: TrackChanges) -> UpdatedTrack:
    """Change what `body` names.

    Raises:
        NotFound, Gone: there is no such track.
        Forbidden: UNAUTHORIZED_ACCESS, it is another's.
        TrackProcessing: a worker is busy with it.
    """

    def check(track: Track) -> None:
        refuse_deleted(track)
        if not may_edit(track.creator_id, principal):
            raise Forbidden("Unauthorized to update", "UNAUTHORIZED_ACCESS")
        if track.status in ("uploading", "processing"):
            raise TrackProcessing("Track is being processed")

    result = await api.catalog.update(track_id, principal.user_id, _columns(body), check)
    if any(c.field == "is_public" and c.new_value is False for c in result.changes):
        await api.track_hidden(track_id, principal.user_id)
    return updated(result)


async def remove(api: Api, principal: Principal, track_id: str, *, force: bool) -> DeletedTrack:
    """Take a track away, also out of playlists if `force` says so.

    Raises:
        NotFound, Gone: there is no such track.
        Forbidden: UNAUTHORIZED_ACCESS, it is another's.
        Conflict: TRACK_IN_USE.
    """

    def check(track: Track) -> None:
        refuse_deleted(track)
        if not may_delete(track.creator_id, principal):
            raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")

    gone = await api.catalog.delete(track_id, principal.user_id, check, force=force)
    await api.track_gone(gone.id)
    return DeletedTrack(
        deleted_track_id=gone.seq_id,
        deleted_track_uuid=gone.id,
        title=gone.title,
        deleted_at=utc(gone.deleted_at),
        cleanup_status=Cleanup(),
        impact=Impact(gone.playlists, gone.likes),
    )


async def _each(
    api: Api, refs: Sequence[Ref], one: Callable[[str], Awaitable[None]]
) -> BatchAnswer:
    """Does it to each track in turn; what fails for one does not touch the others."""
    found = dict(zip(refs, await api.refs.resolve("track", list(refs)), strict=True))
    done, failed = [], []
    for ref, track_id in found.items():
        try:
            if track_id is None:
                raise track_not_found()
            await one(track_id)
        except HubError as error:
            if error.temporary:
                raise
            failed.append(BatchFailure(ref, error.code, error.message))
        else:
            done.append(ref)
    return BatchAnswer(done, failed)


def _columns(body: TrackChanges) -> dict[str, Any]:
    """The columns that the body changes, with their text made tidy."""
    given = {name: value for name, value in asdict(body).items() if value is not UNSET}
    for name in ("title", "artist", "genre"):
        if given.get(name) is not None:
            given[name] = clean_line(given[name]) or None
    for name in ("title", "artist"):
        if name in given and given[name] is None:
            raise invalid([FieldError(name, "TOO_SHORT", "At least 1 character.")])
    if given.get("description") is not None:
        given["description"] = clean_block(given["description"]) or None
    if "tags" in given:
        given["tags"] = tidy_tags(given["tags"])
    if "key" in given:
        given["musical_key"] = given.pop("key")
    return given
