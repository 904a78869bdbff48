"""/api/v1/artists, and the bare list /api/artists of the library (C21)."""

from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import asdict

from api.auth.principals import caller
from api.bodies import invalid, read_json, read_query
from api.envelope import bare, ok
from api.paging import page_meta
from api.parts import Api
from api.refs import given_id, path_id
from api.schemas.artists import (
    ArtistItem,
    ArtistQuery,
    ChangeArtist,
    CreateArtist,
    DeletedArtist,
    LibraryArtists,
)
from api.text import clean_line, words
from api.times import utc
from rooms.access import may_delete, may_edit
from rooms.errors import FieldError, Forbidden
from storage.albums.artists import Artist, artist_not_found


async def list_artists(request: web.Request, api: Api) -> web.Response:
    """A page of the artists."""
    query = read_query(request, ArtistQuery)
    search = words(query.search or query.q)
    user_id = await given_id(query.user_id, "user_id", "user", api)
    offset = (query.page - 1) * query.limit
    page = await api.artists.page(search, user_id, query.sort, query.order, query.limit, offset)
    applied = {"search": search, "user_id": query.user_id}
    meta = page_meta(query.page, query.limit, page.total, applied)
    return ok([item(artist) for artist in page.artists], "Artists retrieved", meta=meta)


async def list_library_artists(request: web.Request, api: Api) -> web.Response:
    """The artists by name, as a bare list with integer ids."""
    query = read_query(request, LibraryArtists)
    page = await api.artists.page(words(query.search), None, "name", "asc", query.limit, query.skip)
    return bare([item(artist) for artist in page.artists])


async def create_artist(request: web.Request, api: Api) -> web.Response:
    """Make an artist: somebody else, or the caller himself."""
    body = await read_json(request, CreateArtist)
    made = await api.artists.create(
        caller(request).user_id, _name(body.name), body.avatar_url, is_own=body.is_me
    )
    return ok(item(made), "Artist created", status=201)


async def get_artist(request: web.Request, api: Api) -> web.Response:
    """One artist."""
    return ok(item(await api.artists.get(await _artist_id(request, api))), "Artist retrieved")


async def update_artist(request: web.Request, api: Api) -> web.Response:
    """Change what the body names; the account that keeps the artist."""
    principal = caller(request)
    body = await read_json(request, ChangeArtist)
    given: dict[str, Any] = {k: v for k, v in asdict(body).items() if v is not UNSET}
    if "name" in given:
        given["name"] = _name(given["name"])

    def check(artist: Artist) -> None:
        if not may_edit(artist.keeper_id, principal):
            raise Forbidden("Unauthorized to update", "UNAUTHORIZED_ACCESS")

    changed = await api.artists.update(await _artist_id(request, api), given, check)
    return ok(item(changed), "Artist updated")


async def delete_artist(request: web.Request, api: Api) -> web.Response:
    """Take an artist away; the account that keeps it, or an administrator."""
    principal = caller(request)

    def check(artist: Artist) -> None:
        if not may_delete(artist.keeper_id, principal):
            raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")

    gone = await api.artists.delete(await _artist_id(request, api), check)
    return ok(DeletedArtist(gone.seq_id, gone.id), "Artist deleted")


def item(artist: Artist) -> ArtistItem:
    """An artist's row in the shape of its answers."""
    return ArtistItem(
        id=artist.seq_id,
        uuid=artist.id,
        name=artist.name,
        avatar_url=artist.avatar_url,
        user_id=artist.user_id,
        created_at=utc(artist.created_at),
        updated_at=utc(artist.updated_at),
    )


async def _artist_id(request: web.Request, api: Api) -> str:
    artist_id = await path_id(request, api, "artist")
    if artist_id is None:
        raise artist_not_found()
    return artist_id


def _name(given: str) -> str:
    name = clean_line(given)
    if not name:
        raise invalid([FieldError("name", "TOO_SHORT", "At least 1 character.")])
    return name
