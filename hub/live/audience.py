"""The audience of broadcasts: who watches, and how many, told at most every two seconds."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from hub.access import check_room
from hub.calls.call import Answer, Call, Shape
from hub.door.sessions import Session
from hub.presence import Presence
from rooms.errors import NotFound
from rooms.feature import Limit
from rooms.features import FEATURES
from rooms.ids import Uuid, room_stream
from rooms.live.state import LiveRecord, LiveState, record_of
from storage.backends import Pool
from storage.live.live import LiveRow, Lives
from storage.rooms import rooms

TELL_EVERY_S = 2.0
REMIND_EVERY_S = 10.0
"""Whoever has come meanwhile, such as a broadcaster who loaded his page again, hears by then."""


class WatchLive(Struct, frozen=True):
    """Become (or stop being) one of a broadcast's audience."""

    live_id: Uuid


class Viewers(Struct, frozen=True, kw_only=True):
    """How many people watch: now, in all on this node since it started, and at most at once."""

    live_id: str
    current: int
    unique: int
    peak: int


class Watching(Struct, frozen=True, kw_only=True):
    """Answer to `live:watch`: where the sound is, and how things stand."""

    live_id: str
    state: str
    room_id: str
    hls_url: str
    whep_url: str
    """For players that speak WebRTC: a sound is heard some 0.2 s after it was made."""
    live: LiveRecord | None
    viewers: Viewers


class Unwatched(Struct, frozen=True):
    """The audience without the caller."""

    live_id: str


LIVES: Mapping[str, Shape] = {
    "live:watch": Shape(WatchLive, Limit(20, 10), Watching),
    "live:unwatch": Shape(WatchLive, Limit(20, 10), Unwatched),
}


class _Audience:
    """Those who watch one broadcast, as this node sees them."""

    __slots__ = ("peak", "room_id", "sessions", "told", "told_at_s", "users")

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.sessions: set[Session] = set()
        self.users: set[str] = set()
        self.peak = 0
        self.told = -1
        self.told_at_s = 0.0


class LiveAudiences:
    """Answers `live:watch` and counts."""

    def __init__(
        self, pool: Pool, presence: Presence, publish: Callable[[str, str, Any], None]
    ) -> None:
        self._pool = pool
        self._lives = Lives(pool)
        self._presence = presence
        self._publish = publish
        self._audiences: dict[str, _Audience] = {}
        self._next_tell_s = 0.0

    def calls(self) -> Mapping[str, Call]:
        """Calls by wire name."""
        handlers: dict[str, Answer] = {"live:watch": self._watch, "live:unwatch": self._unwatch}
        return {name: Call(shape, handlers[name]) for name, shape in LIVES.items()}

    def gone(self, session: Session) -> None:
        """A socket is gone; presence lets its user linger for a moment."""
        for audience in self._audiences.values():
            audience.sessions.discard(session)

    def sweep(self) -> None:
        """Tells rooms whose audience has changed; called once a second."""
        if time.monotonic() < self._next_tell_s:
            return
        now_s = time.monotonic()
        self._next_tell_s = now_s + TELL_EVERY_S
        for live_id, audience in list(self._audiences.items()):
            viewers = self._count(live_id, audience)
            is_old = now_s - audience.told_at_s >= REMIND_EVERY_S
            if viewers.current != audience.told or is_old:
                audience.told, audience.told_at_s = viewers.current, now_s
                # By the bus: people of the room may be on a node where nobody listens.
                self._publish(room_stream(audience.room_id), "viewers:updated", viewers)
            if not audience.sessions:
                del self._audiences[live_id]

    async def _watch(self, session: Session, call: WatchLive) -> Watching:
        live = await self._find(session, call)
        audience = self._audiences.setdefault(live.id, _Audience(live.room_id))
        audience.sessions.add(session)
        audience.users.add(session.principal.user_id)
        self._presence.watch(session, live.id)
        return Watching(
            live_id=live.id,
            state=live.status,
            room_id=live.room_id,
            hls_url=live.stream_url,
            whep_url=f"/whep/{live.id}",
            live=await self._record(live),
            viewers=self._count(live.id, audience),
        )

    async def _unwatch(self, session: Session, call: WatchLive) -> Unwatched:
        live_id = call.live_id.lower()
        audience = self._audiences.get(live_id)
        if audience is not None:
            audience.sessions.discard(session)
        self._presence.unwatch(session, live_id)
        return Unwatched(live_id)

    async def _find(self, session: Session, call: WatchLive) -> LiveRow:
        live = await self._lives.find(call.live_id.lower())
        if live is None:
            raise NotFound("There is no such broadcast.")
        await check_room(self._pool, live.room_id, session.principal)
        return live

    async def _record(self, live: LiveRow) -> LiveRecord | None:
        state = (await rooms.slices(self._pool, live.room_id, FEATURES))["live"]
        broadcast = state.find(live.id) if isinstance(state, LiveState) else None
        return record_of(broadcast, live.room_id) if broadcast is not None else None

    def _count(self, live_id: str, audience: _Audience) -> Viewers:
        seen = set(self._presence.present(live_id))
        audience.users |= seen
        here = {session.principal.user_id for session in audience.sessions}
        current = len(seen | here)
        audience.peak = max(audience.peak, current)
        return Viewers(
            live_id=live_id, current=current, unique=len(audience.users), peak=audience.peak
        )
