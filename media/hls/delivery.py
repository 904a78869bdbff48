"""HLS, waveform and covers over HTTP, to whoever may hear the track.

Segments carry their attempt in the query (`?v=2`) and never change: browsers and CDNs may keep them
for ever. Playlists may grow, so they are asked for anew each time and answered with 304.
"""

import re
from hashlib import blake2b
from typing import Literal

from aiohttp import web
from msgspec import Struct, json

from media.hls.answers import Body, answer
from media.hls.segment_cache import SegmentCache
from media.transcode.ladder import RungName
from rooms.errors import NotFound
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.tracks.hearing import Hearing
from storage.tracks.media import TrackMedia, require_playable
from storage.uploads.media_facts import RungFacts

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"

QUALITIES: dict[str, RungName] = {
    "low": "low",
    "64": "low",
    "medium": "medium",
    "128": "medium",
    "high": "high",
    "256": "high",
    "lossless": "lossless",
    "original": "lossless",
}
"""A rung by its name or by its kbit/s; the lossless one also as `original`."""

_PIECE = re.compile(r"init\.mp4|segment_[0-9]{3,6}\.m4s", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)

_FOR_EVER = "max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_A_DAY = "max-age=86400"


class HlsInfo(Struct, frozen=True):
    """Answer to hls/info."""

    track_id: str
    playlist_url: str
    duration_ms: int | None
    segments_count: int
    bitrates: tuple[int, ...]
    """kbit/s of each rung, lowest first."""
    rungs: tuple[RungFacts, ...]
    version: int


class HlsStatus(Struct, frozen=True):
    """Answer to hls/status."""

    track_id: str
    status: Literal["pending", "processing", "ready", "failed"]
    is_playable: bool
    """True from the first segments on, before the status is `ready`."""
    task: str | None
    percent: int
    error_code: str | None
    error_message: str | None


def mount(
    app: web.Application,
    *,
    hearing: Hearing,
    objects: ObjectStore,
    cache: SegmentCache,
) -> None:
    """Add the routes below /api/v1/tracks/{id}; `request["principal"]` is set by then."""
    delivery = Delivery(hearing, objects, cache)
    track = "/api/v1/tracks/{id}"
    app.router.add_get(f"{track}/hls/info", delivery.info)
    app.router.add_get(f"{track}/hls/status", delivery.status)
    app.router.add_get(f"{track}/hls/master.m3u8", delivery.master)
    app.router.add_get(f"{track}/hls/{{quality}}/playlist.m3u8", delivery.playlist)
    app.router.add_get(f"{track}/hls/{{quality}}/{{piece}}", delivery.piece)
    app.router.add_get(f"{track}/waveform", delivery.waveform)
    app.router.add_get(f"{track}/cover", delivery.cover)
    app.router.add_get(f"{track}/thumbnail", delivery.thumbnail)


class Delivery:
    """The handlers, and the pieces they keep in memory."""

    def __init__(self, hearing: Hearing, objects: ObjectStore, cache: SegmentCache) -> None:
        self._hearing = hearing
        self._objects = objects
        self._cache = cache

    async def info(self, request: web.Request) -> web.Response:
        """What can be played, and all that a player needs to place samples exactly."""
        track = await self._track(request)
        require_playable(track)
        info = HlsInfo(
            track_id=track.id,
            playlist_url=f"/api/v1/tracks/{track.id}/hls/master.m3u8",
            duration_ms=track.duration_ms,
            segments_count=max((rung.segments for rung in track.rungs), default=0),
            bitrates=tuple(rung.bitrate_bps // 1_000 for rung in track.rungs),
            rungs=track.rungs,
            version=track.version,
        )
        return _envelope(info, "HLS information retrieved successfully")

    async def status(self, request: web.Request) -> web.Response:
        """How far the track is."""
        track = await self._track(request)
        status = HlsStatus(
            track_id=track.id,
            status="failed" if track.stream_status == "error" else track.stream_status,
            is_playable=track.prefix is not None,
            task=track.processing_step,
            percent=track.processing_percent,
            error_code=track.failure_code,
            error_message=track.failure_message if track.failure_code else None,
        )
        return _envelope(status, "HLS status retrieved successfully")

    async def master(self, request: web.Request) -> web.Response:
        """All rungs that there are."""
        track = await self._track(request)
        data = await self._read(f"{require_playable(track)}/master.m3u8")
        return answer(request, Body(data, PLAYLIST_TYPE, _digest(data), _cached(track, _ASK_AGAIN)))

    async def playlist(self, request: web.Request) -> web.Response:
        """The segments of one rung, growing while the track is being made."""
        track = await self._track(request)
        rung = _rung(request)
        data = await self._read(f"{_version_prefix(track, request)}/{rung}/playlist.m3u8")
        return answer(request, Body(data, PLAYLIST_TYPE, _digest(data), _cached(track, _ASK_AGAIN)))

    async def piece(self, request: web.Request) -> web.Response:
        """One segment, or what a player needs before the first."""
        track = await self._track(request)
        rung, name = _rung(request), request.match_info["piece"]
        if _PIECE.fullmatch(name) is None:
            raise _no_piece()
        key = f"{_version_prefix(track, request)}/{rung}/{name}"
        data = await self._cache.get(key, lambda: self._read(key))
        lasting = _FOR_EVER if "v" in request.query else _ASK_AGAIN
        version = key.split("/")[2]
        etag = f"{version}-{rung}-{name}"
        return answer(request, Body(data, "audio/mp4", etag, _cached(track, lasting)))

    async def waveform(self, request: web.Request) -> web.Response:
        """The outline of the track for drawing."""
        track = await self._track(request)
        return await self._extra(
            request, track, track.has_waveform, "waveform.json", "application/json"
        )

    async def cover(self, request: web.Request) -> web.Response:
        """The picture, at most 1,024 px a side."""
        track = await self._track(request)
        return await self._extra(request, track, track.has_cover, "cover.jpg", "image/jpeg")

    async def thumbnail(self, request: web.Request) -> web.Response:
        """The picture, 256 px square."""
        track = await self._track(request)
        return await self._extra(request, track, track.has_cover, "thumbnail.jpg", "image/jpeg")

    async def _extra(
        self, request: web.Request, track: TrackMedia, is_there: bool, name: str, content_type: str
    ) -> web.Response:
        prefix = require_playable(track)
        if not is_there:
            raise NotFound(f"This track has no {name.partition('.')[0]}.")
        data = await self._read(f"{prefix}/{name}")
        etag = f"{track.version}-{name}"
        return answer(request, Body(data, content_type, etag, _cached(track, _A_DAY)))

    async def _track(self, request: web.Request) -> TrackMedia:
        """The track of the path, if this caller may hear it; raises as `Hearing.find`."""
        return await self._hearing.find(request.match_info["id"], request.get("principal"))

    async def _read(self, key: str) -> bytes:
        try:
            return await self._objects.read(key)
        except ObjectMissing as missing:
            raise _no_piece() from missing


def _version_prefix(track: TrackMedia, request: web.Request) -> str:
    """The folder that `?v=` names: who began with an older version may end with it."""
    prefix = require_playable(track)
    version = request.query.get("v")
    if version is None:
        return prefix
    if _VERSION.fullmatch(version) is None or int(version) > track.version:
        raise _no_piece()
    return f"tracks/{track.id}/{version}"


def _rung(request: web.Request) -> RungName:
    try:
        return QUALITIES[request.match_info["quality"]]
    except KeyError:
        raise NotFound("There is no such quality.") from None


def _no_piece() -> NotFound:
    return NotFound("There is no such part of this track.")


def _cached(track: TrackMedia, lasting: str) -> str:
    """What is not for everybody may be kept by the browser alone."""
    return f"{'public' if track.is_public else 'private'}, {lasting}"


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=12).hexdigest()


def _envelope(data: Struct, message: str) -> web.Response:
    body = {"success": True, "message": message, "data": data, "errors": []}
    return web.Response(
        body=json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": _ASK_AGAIN},
    )
