"""Broadcasts over HTTP, from any web node, to whoever may be in the room they are in.

Playlists are asked for anew each second and rendered from the window that ingest stored; segments
never change. What one listener is answered is kept for a moment for all of this node.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b

from aiohttp import web
from msgspec import Struct, json

from media.hls.answers import Body, answer
from media.hls.playlist import MultivariantPlaylist, render_multivariant
from media.hls.segment_cache import SegmentCache
from media.live.window import (
    LiveWindow,
    init_key,
    live_variant,
    render_window,
    segment_key,
    window_key,
)
from rooms.access import Principal
from rooms.errors import HubError, NotFound
from storage.live.live import Lives
from storage.objects.objects import ObjectMissing, ObjectStore

MayEnter = Callable[[str, Principal | None], Awaitable[bool]]
"""`await may_enter(room_id, principal)`: whether the caller may be in the room."""

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
CACHE_BYTES = 32 * 1024 * 1024
WINDOW_LASTS_S = 0.2
RIGHT_LASTS_S = 5.0
"""A banned listener hears up to this much more."""
MAX_RIGHTS = 20_000

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_SEGMENT = re.compile(r"([1-9][0-9]{0,8})-([0-9]{6,8})\.m4s", re.ASCII)
_INIT = re.compile(r"([1-9][0-9]{0,8})-init\.mp4", re.ASCII)
_FOR_EVER = "private, max-age=86400, immutable"
_ASK_AGAIN = "private, no-cache"


class _Kept(Struct, frozen=True):
    """A playlist, and until when it is good enough."""

    until_s: float
    data: bytes


def mount(app: web.Application, *, lives: Lives, objects: ObjectStore, may_enter: MayEnter) -> None:
    """Add /live/{live_id}/…; `request["principal"]` is set by then."""
    delivery = LiveDelivery(lives, objects, may_enter)
    app.router.add_get("/live/{live_id}/{name}", delivery.serve)


class LiveDelivery:
    """The handler, and what it keeps in memory."""

    def __init__(self, lives: Lives, objects: ObjectStore, may_enter: MayEnter) -> None:
        self._lives = lives
        self._objects = objects
        self._may_enter = may_enter
        self._segments = SegmentCache(CACHE_BYTES)
        self._windows: OrderedDict[str, _Kept] = OrderedDict()
        self._rights: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def serve(self, request: web.Request) -> web.Response:
        """A playlist or a piece of a broadcast.

        Raises:
            NotFound: there is none, or it is in a room that the caller may not enter.
        """
        live_id = request.match_info["live_id"].lower()
        name = request.match_info["name"]
        if _UUID.fullmatch(live_id) is None:
            raise _nothing()
        await self._check(live_id, request.get("principal"))
        if name == "master.m3u8":
            await self._playlist(live_id)
            text = render_multivariant(MultivariantPlaylist((live_variant(),)))
            return answer(request, Body(text.encode(), PLAYLIST_TYPE, "live-1", _ASK_AGAIN))
        if name == "playlist.m3u8":
            data = await self._playlist(live_id)
            etag = blake2b(data, digest_size=12).hexdigest()
            return answer(request, Body(data, PLAYLIST_TYPE, etag, _ASK_AGAIN))
        key = _key(live_id, name)
        data = await self._segments.get(key, lambda: self._read(key))
        return answer(request, Body(data, "audio/mp4", name, _FOR_EVER))

    async def _check(self, live_id: str, principal: Principal | None) -> None:
        who = (live_id, principal.session_id if principal is not None else "")
        now_s = time.monotonic()
        if self._rights.get(who, 0.0) > now_s:
            return
        live = await self._lives.find(live_id)
        if live is None or not await self._may_enter(live.room_id, principal):
            raise _nothing()
        self._rights[who] = now_s + RIGHT_LASTS_S
        self._rights.move_to_end(who)
        while len(self._rights) > MAX_RIGHTS:
            self._rights.popitem(last=False)

    async def _playlist(self, live_id: str) -> bytes:
        kept = self._windows.get(live_id)
        now_s = time.monotonic()
        if kept is not None and kept.until_s > now_s:
            return kept.data
        window = json.decode(await self._read(window_key(live_id)), type=LiveWindow)
        data = render_window(window).encode()
        self._windows[live_id] = _Kept(now_s + WINDOW_LASTS_S, data)
        while self._windows and next(iter(self._windows.values())).until_s < now_s - 60:
            self._windows.popitem(last=False)
        self._windows.move_to_end(live_id)
        return data

    async def _read(self, key: str) -> bytes:
        try:
            return await self._objects.read(key)
        except ObjectMissing as missing:
            raise _nothing() from missing


def _key(live_id: str, name: str) -> str:
    if found := _SEGMENT.fullmatch(name):
        return segment_key(live_id, int(found[1]), int(found[2]))
    if found := _INIT.fullmatch(name):
        return init_key(live_id, int(found[1]))
    raise _nothing()


def _nothing() -> HubError:
    return NotFound("There is no such broadcast, or nothing of it yet.")
