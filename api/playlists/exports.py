"""/api/v1/playlists/{id}/export: a playlist as a file, with the tracks that the caller may hear."""

from aiohttp import web

from api.auth.principals import caller
from api.disposition import attachment
from api.parts import Api
from api.playlists.files import SavedPlaylist, SavedTrack, as_csv, as_json, as_m3u
from api.playlists.playlists import hearable, visible_playlist


async def export_json(request: web.Request, api: Api) -> web.Response:
    """The playlist as JSON."""
    playlist = await _saved(request, api)
    return _file(playlist, as_json(playlist), "application/json", "json")


async def export_csv(request: web.Request, api: Api) -> web.Response:
    """The playlist as CSV, for a spreadsheet."""
    playlist = await _saved(request, api)
    return _file(playlist, as_csv(playlist), "text/csv", "csv")


async def export_m3u(request: web.Request, api: Api) -> web.Response:
    """The playlist as extended M3U, for a player."""
    playlist = await _saved(request, api)
    return _file(playlist, as_m3u(playlist), "audio/x-mpegurl", "m3u8")


async def _saved(request: web.Request, api: Api) -> SavedPlaylist:
    playlist = await visible_playlist(request, api)
    heard = hearable(await api.playlist_tracks.entries(playlist.id), caller(request))
    base = f"{request.scheme}://{request.host}/api/v1/tracks"
    return SavedPlaylist(
        name=playlist.name,
        description=playlist.description,
        tracks=tuple(
            SavedTrack(
                id=track.id,
                title=track.title,
                artist=track.artist,
                duration_seconds=track.duration,
                url=f"{base}/{track.id}/hls/master.m3u8",
            )
            for track in await api.catalog.in_order([entry.track_id for entry in heard])
        ),
    )


def _file(playlist: SavedPlaylist, body: bytes, content_type: str, extension: str) -> web.Response:
    return web.Response(
        body=body,
        content_type=content_type,
        charset="utf-8",
        headers={
            "Content-Disposition": attachment(f"{playlist.name}.{extension}"),
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
        },
    )
