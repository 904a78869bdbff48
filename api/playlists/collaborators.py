"""/api/v1/playlists/{id}/collaborators and share links: who else may, and how much."""

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json
from api.envelope import ok
from api.parts import Api
from api.playlists.playlists import path_playlist, refuse_unseen, visible_playlist
from api.playlists.views import person
from api.refs import path_id
from api.schemas.playlists import (
    AddCollaborator,
    ChangeCollaborator,
    MakeLink,
    RevokedLinks,
    SharedLink,
)
from api.times import utc
from rooms.access import Principal, may_run_playlist
from rooms.errors import Forbidden, NotFound
from storage.playlists.collaborators import Check
from storage.playlists.playlists import Playlist

DAY_S = 86_400


async def list_collaborators(request: web.Request, api: Api) -> web.Response:
    """The people of a playlist; told to its owner and to themselves."""
    principal = caller(request)
    playlist = await visible_playlist(request, api)
    if playlist.permission is None:
        _runner(principal)(playlist)
    people = await api.collaborators.all_of(playlist.id)
    return ok([person(each) for each in people], "Collaborators retrieved")


async def add_collaborator(request: web.Request, api: Api) -> web.Response:
    """Let somebody in; the owner, or who has admin."""
    principal = caller(request)
    body = await read_json(request, AddCollaborator)
    playlist_id = path_playlist(request)
    (user_id,) = await api.refs.resolve("user", [body.user_id])
    _runner(principal)(await visible_playlist(request, api))
    if user_id is None:
        raise NotFound("There is no such user.", "USER_NOT_FOUND")
    added = await api.collaborators.add(
        playlist_id, principal.user_id, user_id, body.permission, _runner(principal)
    )
    return ok(person(added), "Collaborator added", status=201)


async def change_collaborator(request: web.Request, api: Api) -> web.Response:
    """Give somebody another permission; the owner, or who has admin."""
    principal = caller(request)
    body = await read_json(request, ChangeCollaborator)
    playlist_id, user_id = path_playlist(request), await _path_user(request, api)
    changed = await api.collaborators.change(
        playlist_id, principal.user_id, user_id, body.permission, _runner(principal)
    )
    return ok(person(changed), "Collaborator changed")


async def remove_collaborator(request: web.Request, api: Api) -> web.Response:
    """Let somebody out: the owner, who has admin, or he himself."""
    principal = caller(request)
    playlist_id, user_id = path_playlist(request), await _path_user(request, api)
    runs = _runner(principal)

    def check(playlist: Playlist) -> None:
        if user_id != principal.user_id or playlist.permission is None:
            runs(playlist)

    await api.collaborators.remove(playlist_id, principal.user_id, user_id, check)
    return ok(None, "Collaborator removed")


async def make_link(request: web.Request, api: Api) -> web.Response:
    """Make a link with which anybody sees the playlist; the owner, or who has admin."""
    principal = caller(request)
    body = await read_json(request, MakeLink, optional=True)
    playlist = await visible_playlist(request, api)
    _runner(principal)(playlist)
    lifetime_s = body.expires_in_days * DAY_S
    link = await api.playlist_links.make(playlist.id, principal.user_id, lifetime_s)
    url = f"/api/v1/playlists/shared/{link.token}"
    return ok(SharedLink(link.token, url, utc(link.expires_at)), "Link made", status=201)


async def revoke_links(request: web.Request, api: Api) -> web.Response:
    """Take all links of a playlist back; the owner, or who has admin."""
    playlist = await visible_playlist(request, api)
    _runner(caller(request))(playlist)
    return ok(RevokedLinks(await api.playlist_links.revoke(playlist.id)), "Links revoked")


def _runner(principal: Principal) -> Check:
    def check(playlist: Playlist) -> None:
        refuse_unseen(playlist, principal)
        if not may_run_playlist(playlist.user_id, playlist.permission, principal):
            raise Forbidden("You may not manage this playlist.", "UNAUTHORIZED_ACCESS")

    return check


async def _path_user(request: web.Request, api: Api) -> str:
    user_id = await path_id(request, api, "user", "user_id")
    if user_id is None:
        raise NotFound("This user is no collaborator.", "COLLABORATOR_NOT_FOUND")
    return user_id
