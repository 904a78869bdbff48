"""/api/tracks: the library's way to tracks, bare and with integer ids (specification, part C).

The same tracks, rights and limits as /api/v1/tracks. A track that is made there by its metadata
alone, without sound, is not offered.
"""

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.envelope import bare
from api.parts import Api
from api.schemas.library_tracks import LibraryTracks
from api.schemas.track_changes import TrackChanges
from api.text import words
from api.tracks.changes import change, remove
from api.tracks.tracks import track_id_of, visible_track
from api.tracks.views import item
from storage.tracks.lists import TrackFilter


async def list_library_tracks(request: web.Request, api: Api) -> web.Response:
    """The tracks by their title, as a bare list; the caller's private ones, too."""
    query = read_query(request, LibraryTracks)
    wanted = TrackFilter(
        artist=words(query.artist),
        genre=words(query.genre),
        search=words(query.search),
        own_of=caller(request).user_id,
    )
    page = await api.lists.page(wanted, "title", "asc", query.limit, query.skip)
    return bare([item(track) for track in await api.catalog.in_order(page.track_ids)])


async def get_library_track(request: web.Request, api: Api) -> web.Response:
    """One track."""
    return bare(item(await visible_track(request, api)))


async def update_library_track(request: web.Request, api: Api) -> web.Response:
    """Change what the body names; the owner only."""
    body = await read_json(request, TrackChanges)
    track_id = await track_id_of(request, api)
    await change(api, caller(request), track_id, body)
    return bare(item(await visible_track(request, api)))


async def delete_library_track(request: web.Request, api: Api) -> web.Response:
    """Take a track away, also out of playlists; its owner or an administrator."""
    track_id = await track_id_of(request, api)
    return bare(await remove(api, caller(request), track_id, force=True))
