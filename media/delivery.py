"""Tracks over HTTP: HLS playlists and segments, covers, waveforms.

A file under an attempt's prefix never changes, so segments may be kept by everybody for ever; a
playlist grows while its track is being made and is asked about each time. One question decides for
all of them whether the caller may hear the track.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web
from msgspec import Struct

from media.hot_objects import HotObjects
from media.ranges import NotSatisfiable, parse_range
from media.track_files import PLAYLIST_TYPE, SEGMENT_TYPE
from rooms.access import Principal
from rooms.errors import Forbidden, Gone, HubError, NotFound
from storage.backends import Pool
from storage.deliveries import Deliveries, Delivery
from storage.objects import ObjectMissing, ObjectStore

BASE = "/api/v1/tracks/{id}"

RUNG_NAMES = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "lossless": "lossless",
    "64": "low",
    "128": "medium",
    "256": "high",
    "original": "lossless",
}
"""Names of a rung in addresses: its own, and kbit/s (specification C23)."""

_SEGMENT = re.compile(r"init\.mp4|segment_[0-9]{3,6}\.m4s", re.ASCII)

_FOREVER = "max-age=31536000, immutable"
_ONE_DAY = "max-age=86400"
_ASK_AGAIN = "no-cache"

MayHear = Callable[[bool, str | None, Principal | None], bool]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TrackNotFound(NotFound):
    """No such track."""

    default_code = "TRACK_NOT_FOUND"


class TrackDeleted(Gone):
    """The track was deleted."""

    default_code = "TRACK_DELETED"


class TrackPrivate(Forbidden):
    """The track is somebody's own."""

    default_code = "UNAUTHORIZED_ACCESS"


class TrackProcessing(HubError):
    """The track cannot be played yet."""

    status = 422
    temporary = True
    default_code = "TRACK_PROCESSING"


class HlsInfo(Struct, frozen=True):
    """Answer to hls/info."""

    track_id: str
    status: str
    playlist_url: str | None
    duration_ms: int | None
    segments_count: int
    bitrates: tuple[int, ...]
    """bit/s of each rung, lowest first."""
    qualities: tuple[str, ...]


class HlsStatus(Struct, frozen=True):
    """Answer to hls/status."""

    track_id: str
    status: str
    """pending, processing, ready or failed."""


def mount(app: web.Application, *, pool: Pool, objects: ObjectStore, may_hear: MayHear) -> None:
    """Adds the addresses of every track; `request["principal"]` says who calls."""
    door = _Door(Deliveries(pool), HotObjects(objects), may_hear)
    routes: tuple[tuple[str, Handler], ...] = (
        (f"{BASE}/hls/info", door.info),
        (f"{BASE}/hls/status", door.status),
        (f"{BASE}/hls/master.m3u8", door.master),
        (f"{BASE}/hls/{{quality}}/playlist.m3u8", door.playlist),
        (f"{BASE}/hls/{{quality}}/{{segment}}", door.segment),
        (f"{BASE}/waveform", door.waveform),
        (f"{BASE}/cover", door.cover),
        (f"{BASE}/thumbnail", door.thumbnail),
    )
    for path, handler in routes:
        app.router.add_get(path, handler)


class _Door:
    """The handlers of these addresses."""

    def __init__(self, deliveries: Deliveries, hot: HotObjects, may_hear: MayHear) -> None:
        self._deliveries = deliveries
        self._hot = hot
        self._may_hear = may_hear

    async def info(self, request: web.Request) -> web.StreamResponse:
        """What there is to play."""
        track = await self._track(request)
        is_there = track.media_prefix is not None
        return _told(
            HlsInfo(
                track_id=track.id,
                status=_status(track),
                playlist_url=f"/api/v1/tracks/{track.id}/hls/master.m3u8" if is_there else None,
                duration_ms=track.duration_ms,
                segments_count=max((rung.segments for rung in track.rungs), default=0),
                bitrates=tuple(rung.bitrate_bps for rung in track.rungs),
                qualities=tuple(rung.name for rung in track.rungs),
            )
        )

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Whether it can be played."""
        track = await self._track(request)
        return _told(HlsStatus(track.id, _status(track)))

    async def master(self, request: web.Request) -> web.StreamResponse:
        """The multivariant playlist."""
        return await self._file(request, "master.m3u8", PLAYLIST_TYPE, _ASK_AGAIN)

    async def playlist(self, request: web.Request) -> web.StreamResponse:
        """The media playlist of one rung."""
        name = f"{_rung(request)}/playlist.m3u8"
        return await self._file(request, name, PLAYLIST_TYPE, _ASK_AGAIN)

    async def segment(self, request: web.Request) -> web.StreamResponse:
        """A segment of one rung, or its init segment."""
        segment = request.match_info["segment"]
        if _SEGMENT.fullmatch(segment) is None:
            raise NotFound("There is no such segment.")
        caching = _FOREVER if "v" in request.query else _ONE_DAY
        return await self._file(request, f"{_rung(request)}/{segment}", SEGMENT_TYPE, caching)

    async def waveform(self, request: web.Request) -> web.StreamResponse:
        """Peaks for drawing, as the specification shapes them."""
        return await self._file(request, "waveform.json", "application/json", _ONE_DAY)

    async def cover(self, request: web.Request) -> web.StreamResponse:
        """The cover, at most 1,024 pixels a side."""
        return await self._file(request, "cover.jpg", "image/jpeg", _ONE_DAY)

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        """The cover at 256 pixels."""
        return await self._file(request, "thumbnail.jpg", "image/jpeg", _ONE_DAY)

    async def _track(self, request: web.Request) -> Delivery:
        """The track of the address, if this caller may hear it.

        Raises:
            TrackNotFound, TrackDeleted, TrackPrivate: by what stands in the way.
        """
        track = await self._deliveries.find(request.match_info["id"])
        if track is None:
            raise TrackNotFound("Track not found")
        principal: Principal | None = request.get("principal")
        if not self._may_hear(track.is_public, track.creator_id, principal):
            raise TrackPrivate("Access denied")
        if track.is_deleted:
            raise TrackDeleted("Track deleted")
        return track

    async def _file(
        self, request: web.Request, name: str, content_type: str, caching: str
    ) -> web.StreamResponse:
        track = await self._track(request)
        if track.media_prefix is None:
            raise TrackProcessing("The track is still being processed. Try again in a moment.")
        try:
            data = await self._read(f"{track.media_prefix}/{name}", caching)
        except ObjectMissing as error:
            raise NotFound("The track has no such file.") from error
        scope = "public" if track.is_public else "private"
        return _answer(request, data, content_type, f"{scope}, {caching}")

    async def _read(self, key: str, caching: str) -> bytes:
        if caching == _ASK_AGAIN:
            return await self._hot.read_now(key)
        return await self._hot.get(key)


def _answer(
    request: web.Request, data: bytes, content_type: str, caching: str
) -> web.StreamResponse:
    """200, 206, 304 or 416 with the headers that players and caches want."""
    etag = f'"{_digest(data)}"'
    headers = {"ETag": etag, "Cache-Control": caching, "Accept-Ranges": "bytes"}
    if caching.startswith("private"):
        headers["Vary"] = "Authorization, Cookie"
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    try:
        span = parse_range(request.headers.get("Range"), len(data))
    except NotSatisfiable:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=416, headers=headers)
    if span is None or not _range_still_meant(request, etag):
        return web.Response(body=data, content_type=content_type, headers=headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{len(data)}"
    body = data[span.start : span.end]
    return web.Response(status=206, body=body, content_type=content_type, headers=headers)


def _range_still_meant(request: web.Request, etag: str) -> bool:
    """If-Range: a piece only of what the caller already has the rest of (RFC 9110 §13.1.5)."""
    given = request.headers.get("If-Range")
    return given is None or given == etag


def _rung(request: web.Request) -> str:
    name = RUNG_NAMES.get(request.match_info["quality"])
    if name is None:
        raise NotFound("There is no such quality. Use low, medium, high or lossless.")
    return name


def _status(track: Delivery) -> str:
    return "failed" if track.stream_status == "error" else track.stream_status


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _told(data: Struct) -> web.Response:
    body = {"success": True, "message": "OK", "data": msgspec.to_builtins(data), "errors": []}
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
