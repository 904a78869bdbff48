"""/api/v1/playlists: list, search, create, read, update, delete, duplicate, favourites.

What they hold is in api/playlists/tracks.py, who may in api/playlists/collaborators.py.
"""

from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import asdict

from api.auth.principals import caller, maybe_caller
from api.bodies import invalid, read_json, read_query
from api.envelope import ok
from api.paging import page_meta
from api.parts import Api
from api.playlists.views import detail, entries, item
from api.refs import given_id, path_uuid
from api.schemas.playlists import (
    ChangePlaylist,
    CreatePlaylist,
    DeletedPlaylist,
    DuplicatePlaylist,
    PlaylistQuery,
    PlaylistSearch,
)
from api.text import clean_block, clean_line, words
from rooms.access import Principal, may_delete, may_edit, may_hear, may_see_playlist
from rooms.errors import Conflict, FieldError, Forbidden
from storage.playlists.playlists import NewPlaylist, Playlist, PlaylistFilter, playlist_not_found
from storage.playlists.tracks import Entry

SHOWN = 100
"""Tracks that come with a playlist itself."""


async def list_playlists(request: web.Request, api: Api) -> web.Response:
    """A page of the caller's playlists, or of another's that he may see."""
    query = read_query(request, PlaylistQuery)
    owner_id = await given_id(query.user_id, "user_id", "user", api)
    wanted = PlaylistFilter(
        viewer_id=caller(request).user_id,
        scope=query.scope if owner_id is None else "visible",
        owner_id=owner_id,
        is_public=query.is_public,
        search=words(query.search or query.q),
    )
    applied = {
        "scope": None if query.scope == "mine" or owner_id is not None else query.scope,
        "user_id": query.user_id,
        "is_public": query.is_public,
        "search": wanted.search,
    }
    return await _page(request, api, wanted, query, applied)


async def search_playlists(request: web.Request, api: Api) -> web.Response:
    """A page of the public, own and shared playlists whose name has these words."""
    query = read_query(request, PlaylistSearch)
    search = words(query.q)
    if search is None:
        raise invalid([FieldError("q", "TOO_SHORT", "At least 1 character.")])
    wanted = PlaylistFilter(viewer_id=caller(request).user_id, scope="visible", search=search)
    return await _page(request, api, wanted, query, {"q": search})


async def create_playlist(request: web.Request, api: Api) -> web.Response:
    """Make a playlist."""
    principal = caller(request)
    body = await read_json(request, CreatePlaylist)
    new = NewPlaylist(**_tidied(asdict(body)))
    made = await api.playlists.create(principal.user_id, new)
    return ok(item(made, principal), "Playlist created", status=201)


async def get_favorites(request: web.Request, api: Api) -> web.Response:
    """The caller's favourites, made when he first looks."""
    principal = caller(request)
    playlist = await api.playlists.favorites(principal.user_id)
    return ok(await _in_full(api, playlist, principal), "Favorites retrieved")


async def get_playlist(request: web.Request, api: Api) -> web.Response:
    """One playlist with the first of its tracks."""
    playlist = await visible_playlist(request, api)
    return ok(await _in_full(api, playlist, caller(request)), "Playlist retrieved")


async def get_shared_playlist(request: web.Request, api: Api) -> web.Response:
    """The playlist that a share link leads to, for anybody; private tracks stay private."""
    playlist_id = await api.playlist_links.follow(request.match_info["token"])
    if playlist_id is None:
        raise playlist_not_found()
    principal = maybe_caller(request)
    viewer_id = None if principal is None else principal.user_id
    playlist = await api.playlists.get(playlist_id, viewer_id)
    if playlist is None:
        raise playlist_not_found()
    return ok(await _in_full(api, playlist, principal), "Playlist retrieved")


async def update_playlist(request: web.Request, api: Api) -> web.Response:
    """Change what the body names; the owner only."""
    principal = caller(request)
    body = await read_json(request, ChangePlaylist)
    given = {name: value for name, value in asdict(body).items() if value is not UNSET}

    def check(playlist: Playlist) -> None:
        refuse_unseen(playlist, principal)
        if not may_edit(playlist.user_id, principal):
            raise Forbidden("Unauthorized to update", "UNAUTHORIZED_ACCESS")

    playlist_id = path_playlist(request)
    changed = await api.playlists.update(playlist_id, principal.user_id, _tidied(given), check)
    return ok(item(changed, principal), "Playlist updated")


async def delete_playlist(request: web.Request, api: Api) -> web.Response:
    """Take a playlist away; its owner or an administrator."""
    principal = caller(request)

    def check(playlist: Playlist) -> None:
        refuse_unseen(playlist, principal)
        if not may_delete(playlist.user_id, principal):
            raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")
        if playlist.is_default_favorites:
            raise Conflict("The favourites stay; empty them instead.", "FAVORITES_STAY")

    playlist_id = path_playlist(request)
    await api.playlists.delete(playlist_id, principal.user_id, check)
    return ok(DeletedPlaylist(playlist_id), "Playlist deleted")


async def duplicate_playlist(request: web.Request, api: Api) -> web.Response:
    """The caller's own copy of a playlist, with the tracks that he may hear."""
    principal = caller(request)
    body = await read_json(request, DuplicatePlaylist, optional=True)
    original = await visible_playlist(request, api)
    heard = hearable(await api.playlist_tracks.entries(original.id), principal)
    new = NewPlaylist(
        name=original.name if body.name is None else _name(body.name),
        description=original.description,
        is_public=body.is_public,
        cover_url=original.cover_url,
    )
    track_ids = [entry.track_id for entry in heard]
    made = await api.playlists.create(principal.user_id, new, track_ids)
    return ok(item(made, principal), "Playlist duplicated", status=201)


async def visible_playlist(request: web.Request, api: Api) -> Playlist:
    """The playlist of the path, if the caller may see it.

    Raises:
        NotFound: PLAYLIST_NOT_FOUND, also for a private one of others.
    """
    principal = caller(request)
    playlist = await api.playlists.get(path_playlist(request), principal.user_id)
    if playlist is None:
        raise playlist_not_found()
    refuse_unseen(playlist, principal)
    return playlist


def path_playlist(request: web.Request) -> str:
    """The UUID of the path. Raises NotFound, PLAYLIST_NOT_FOUND, when it is none."""
    playlist_id = path_uuid(request)
    if playlist_id is None:
        raise playlist_not_found()
    return playlist_id


def refuse_unseen(playlist: Playlist, principal: Principal) -> None:
    """Raises NotFound for a playlist that the caller must not know of."""
    if not may_see_playlist(playlist.is_public, playlist.user_id, playlist.permission, principal):
        raise playlist_not_found()


def hearable(all_entries: list[Entry], principal: Principal | None) -> list[Entry]:
    """The entries whose track this caller may hear; nothing is told of the others."""
    return [
        entry for entry in all_entries if may_hear(entry.is_public, entry.creator_id, principal)
    ]


async def _in_full(api: Api, playlist: Playlist, principal: Principal | None) -> Any:
    heard = hearable(await api.playlist_tracks.entries(playlist.id), principal)
    tracks = await api.catalog.in_order([entry.track_id for entry in heard[:SHOWN]])
    return detail(playlist, principal, entries(heard[:SHOWN], tracks))


async def _page(
    request: web.Request,
    api: Api,
    wanted: PlaylistFilter,
    query: PlaylistQuery | PlaylistSearch,
    applied: dict[str, Any],
) -> web.Response:
    offset = (query.page - 1) * query.limit
    page = await api.playlists.page(wanted, query.sort, query.order, query.limit, offset)
    principal = caller(request)
    data = [item(playlist, principal) for playlist in page.playlists]
    meta = page_meta(query.page, query.limit, page.total, applied)
    return ok(data, "Playlists retrieved", meta=meta)


def _tidied(values: dict[str, Any]) -> dict[str, Any]:
    tidy = dict(values)
    if "name" in tidy:
        tidy["name"] = _name(tidy["name"])
    if tidy.get("description") is not None:
        tidy["description"] = clean_block(tidy["description"]) or None
    return tidy


def _name(given: str) -> str:
    name = clean_line(given)
    if not name:
        raise invalid([FieldError("name", "TOO_SHORT", "At least 1 character.")])
    return name
