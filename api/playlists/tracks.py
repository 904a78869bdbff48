"""/api/v1/playlists/{id}/tracks: what a playlist holds."""

from aiohttp import web

from api.auth.principals import caller
from api.bodies import invalid, read_json, read_query
from api.envelope import ok
from api.paging import page_meta
from api.parts import Api
from api.playlists.playlists import hearable, path_playlist, refuse_unseen, visible_playlist
from api.playlists.views import entries, item
from api.refs import path_id
from api.schemas.playlists import AddTracks, ReorderTracks, TracksQuery
from api.tracks.tracks import refuse_deleted, track_not_found
from rooms.access import Principal, may_fill_playlist, may_hear
from rooms.errors import FieldError, Forbidden
from storage.playlists.playlists import Playlist
from storage.playlists.tracks import Check
from storage.refs import Ref
from storage.tracks.rows import Track


async def list_tracks(request: web.Request, api: Api) -> web.Response:
    """A page of a playlist's tracks, in its order; those that the caller may hear."""
    query = read_query(request, TracksQuery)
    playlist = await visible_playlist(request, api)
    heard = hearable(await api.playlist_tracks.entries(playlist.id), caller(request))
    offset = (query.page - 1) * query.limit
    shown = heard[offset : offset + query.limit]
    tracks = await api.catalog.in_order([entry.track_id for entry in shown])
    meta = page_meta(query.page, query.limit, len(heard))
    return ok(entries(shown, tracks, offset), "Tracks retrieved successfully", meta=meta)


async def add_tracks(request: web.Request, api: Api) -> web.Response:
    """Put one track or several in, at the end or at a position."""
    principal = caller(request)
    body = await read_json(request, AddTracks)
    playlist_id = path_playlist(request)
    refs: list[Ref] = [] if body.track_id is None else [body.track_id]
    refs += body.track_ids or []
    if not refs:
        raise invalid([FieldError("track_id", "REQUIRED", "Name track_id or track_ids.")])
    track_ids = await _track_ids(api, refs)
    # Before anything is told of the tracks, so that a stranger learns nothing of either.
    refuse = _filler(principal)
    refuse(await visible_playlist(request, api))
    tracks = {track.id: track for track in await api.catalog.in_order(track_ids)}
    for track_id in track_ids:
        _refuse_unheard(tracks.get(track_id), principal)
    changed = await api.playlist_tracks.add(
        playlist_id, principal.user_id, track_ids, body.position, refuse
    )
    return ok(item(changed, principal), "Tracks added", status=201)


async def remove_track(request: web.Request, api: Api) -> web.Response:
    """Take a track out."""
    principal = caller(request)
    track_id = await path_id(request, api, "track", "track_id")
    playlist_id = path_playlist(request)
    if track_id is None:
        raise track_not_found()
    changed = await api.playlist_tracks.remove(
        playlist_id, principal.user_id, track_id, _filler(principal)
    )
    return ok(item(changed, principal), "Track removed")


async def reorder_tracks(request: web.Request, api: Api) -> web.Response:
    """Put the tracks into a new order; those that are not named follow in theirs."""
    principal = caller(request)
    body = await read_json(request, ReorderTracks)
    playlist_id = path_playlist(request)
    track_ids = await _track_ids(api, list(body.track_ids))
    changed = await api.playlist_tracks.reorder(
        playlist_id, principal.user_id, track_ids, _filler(principal)
    )
    return ok(item(changed, principal), "Tracks reordered")


def _refuse_unheard(track: Track | None, principal: Principal) -> None:
    """Raises unless the caller may hear the track for good: a room plays it for a while only."""
    if track is None:
        raise track_not_found()
    refuse_deleted(track)
    if not may_hear(track.is_public, track.creator_id, principal):
        raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")


def _filler(principal: Principal) -> Check:
    def check(playlist: Playlist) -> None:
        refuse_unseen(playlist, principal)
        if not may_fill_playlist(playlist.user_id, playlist.permission, principal):
            raise Forbidden("You may not change this playlist's tracks.", "UNAUTHORIZED_ACCESS")

    return check


async def _track_ids(api: Api, refs: list[Ref]) -> list[str]:
    """UUIDs, each once, in the order of their first mention. Raises NotFound for an unknown one."""
    found = await api.refs.resolve("track", refs)
    if None in found:
        raise track_not_found()
    return list(dict.fromkeys(track_id for track_id in found if track_id is not None))
