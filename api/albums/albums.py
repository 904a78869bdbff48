"""/api/v1/albums, and the bare list /api/albums of the library (C21)."""

from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import asdict

from api.auth.principals import caller, maybe_caller
from api.bodies import invalid, read_json, read_query
from api.envelope import bare, ok
from api.paging import page_meta
from api.parts import Api
from api.refs import given_id, path_id
from api.schemas.albums import (
    AlbumArtistLink,
    AlbumDetail,
    AlbumItem,
    AlbumQuery,
    AlbumTracks,
    ChangeAlbum,
    CreateAlbum,
    DeletedAlbum,
    LibraryAlbums,
)
from api.text import clean_line, words
from api.times import utc
from api.tracks.views import item as track_item
from rooms.access import (
    ArtistRole,
    Principal,
    may_edit,
    may_edit_album,
    may_hear,
    may_own_album,
)
from rooms.errors import FieldError, Forbidden, NotFound
from storage.albums.albums import AlbumTrack, album_not_found
from storage.albums.artists import artist_not_found
from storage.albums.records import Album, AlbumFilter


async def list_albums(request: web.Request, api: Api) -> web.Response:
    """A page of the albums."""
    query = read_query(request, AlbumQuery)
    wanted = AlbumFilter(
        artist_id=await given_id(query.artist_id, "artist_id", "artist", api),
        artist=query.artist,
        album_type=query.album_type,
        search=words(query.search or query.q),
        year=query.year,
    )
    offset = (query.page - 1) * query.limit
    page = await api.albums.page(wanted, None, query.sort, query.order, query.limit, offset)
    applied = {
        "artist_id": query.artist_id,
        "artist": query.artist,
        "album_type": query.album_type,
        "year": query.year,
        "search": wanted.search,
    }
    meta = page_meta(query.page, query.limit, page.total, applied)
    return ok([item(album) for album in page.albums], "Albums retrieved", meta=meta)


async def list_library_albums(request: web.Request, api: Api) -> web.Response:
    """The albums by title, or those of one artist, as a bare list with integer ids."""
    query = read_query(request, LibraryAlbums)
    wanted = AlbumFilter(
        artist_id=await given_id(query.artist_id, "artist_id", "artist", api),
        artist=query.artist,
        search=words(query.search),
    )
    page = await api.albums.page(wanted, None, "title", "asc", query.limit, query.skip)
    return bare([item(album) for album in page.albums])


async def create_album(request: web.Request, api: Api) -> web.Response:
    """Make an album of the caller's own artist, or of the artists that the body names."""
    principal = caller(request)
    body = await read_json(request, CreateAlbum)
    values = _columns(asdict(body))
    artists = await _links(api, body.artists or [])
    made = await api.albums.create(principal.user_id, values, artists)
    return ok(await _in_full(api, made, principal), "Album created", status=201)


async def get_album(request: web.Request, api: Api) -> web.Response:
    """One album with the tracks that the caller may hear."""
    principal = maybe_caller(request)
    viewer_id = None if principal is None else principal.user_id
    album = await api.albums.get(await _album_id(request, api), viewer_id)
    return ok(await _in_full(api, album, principal), "Album retrieved")


async def update_album(request: web.Request, api: Api) -> web.Response:
    """Change what the body names; its owners and editors, its artists only its owners."""
    principal = caller(request)
    body = await read_json(request, ChangeAlbum)
    values = _columns({k: v for k, v in asdict(body).items() if v is not UNSET})
    artists = None if body.artists is UNSET else await _links(api, body.artists)

    def check(album: Album) -> None:
        may = may_edit_album if artists is None else may_own_album
        if not may(album.creator_id, album.role, principal):
            raise Forbidden("Unauthorized to update", "UNAUTHORIZED_ACCESS")

    album_id = await _album_id(request, api)
    changed = await api.albums.update(album_id, principal.user_id, values, artists, check)
    return ok(await _in_full(api, changed, principal), "Album updated")


async def set_tracks(request: web.Request, api: Api) -> web.Response:
    """Say which tracks an album has, in order; who adds one has to own it."""
    principal = caller(request)
    body = await read_json(request, AlbumTracks)
    album_id = await _album_id(request, api)
    found = await api.refs.resolve("track", list(body.track_ids))
    track_ids = list(dict.fromkeys(track_id for track_id in found if track_id is not None))
    if None in found:
        raise NotFound("Track not found", "TRACK_NOT_FOUND")

    def check(album: Album) -> None:
        if not may_edit_album(album.creator_id, album.role, principal):
            raise Forbidden("Unauthorized to update", "UNAUTHORIZED_ACCESS")

    def check_new(track: AlbumTrack) -> None:
        if not may_edit(track.creator_id, principal):
            raise Forbidden("Only your own tracks can be added.", "UNAUTHORIZED_ACCESS")

    changed = await api.albums.set_tracks(album_id, principal.user_id, track_ids, check, check_new)
    return ok(await _in_full(api, changed, principal), "Album updated")


async def delete_album(request: web.Request, api: Api) -> web.Response:
    """Take an album away, not its tracks; its owners, or an administrator."""
    principal = caller(request)

    def check(album: Album) -> None:
        owns = may_own_album(album.creator_id, album.role, principal)
        if not owns and principal.role != "admin":
            raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")

    gone = await api.albums.delete(await _album_id(request, api), principal.user_id, check)
    return ok(DeletedAlbum(gone.seq_id, gone.id), "Album deleted")


def item(album: Album) -> AlbumItem:
    """An album's row in the shape of its answers."""
    return AlbumItem(
        id=album.seq_id,
        uuid=album.id,
        title=album.title,
        cover_url=album.cover_url,
        album_type=album.album_type,
        release_date=album.release_date,
        artists=album.artists,
        track_count=album.track_count,
        created_at=utc(album.created_at),
        updated_at=utc(album.updated_at),
    )


async def _in_full(api: Api, album: Album, principal: Principal | None) -> AlbumDetail:
    heard = [
        track.track_id
        for track in await api.albums.tracks(album.id)
        if may_hear(track.is_public, track.creator_id, principal)
    ]
    return AlbumDetail(
        **asdict(item(album)),
        tracks=[track_item(t, with_status=True) for t in await api.catalog.in_order(heard)],
        role=album.role,
    )


async def _album_id(request: web.Request, api: Api) -> str:
    album_id = await path_id(request, api, "album")
    if album_id is None:
        raise album_not_found()
    return album_id


async def _links(api: Api, links: list[AlbumArtistLink]) -> dict[str, ArtistRole]:
    """Roles by the artist's UUID; who is named twice has the first of them."""
    found = await api.refs.resolve("artist", [link.artist_id for link in links])
    roles: dict[str, ArtistRole] = {}
    for artist_id, link in zip(found, links, strict=True):
        if artist_id is None:
            raise artist_not_found()
        roles.setdefault(artist_id, link.role)
    return roles


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in given.items() if name != "artists"}
    if "title" in values:
        values["title"] = clean_line(values["title"])
        if not values["title"]:
            raise invalid([FieldError("title", "TOO_SHORT", "At least 1 character.")])
    return values
