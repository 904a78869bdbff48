"""Presence on this node: what its sockets do is told to all, what all tell is shown to watchers."""

import asyncio
import logging
import time
from collections.abc import Callable

from hub.door.sessions import Session, Sessions
from hub.presence.choices import Choices
from hub.presence.here import LISTENING_MS, Here
from hub.presence.lives import Lives
from hub.presence.looks import Looks
from hub.presence.seen import LastSeen
from hub.presence.telling import LEASE_MS, Telling, read_hint
from hub.presence.watched import Watched
from rooms.errors import Unavailable
from rooms.presence import Chosen, Device
from storage.backends import Pool
from storage.bus import Bus, Ephemeral
from storage.presence.places import Places

log = logging.getLogger(__name__)

BEAT_S = 2.0
GRACE_MS = 5_000
"""A reload is no leave: a lost socket counts as there for this long."""
SILENT_GRACE_MS = 1_000
"""The same for one that was closed because it had not answered for long."""
SETTLE_S = 0.05
"""Changes of one moment become one diff."""
SETTLE_EACH_S = 0.001
MAX_SETTLE_S = 0.5
"""In a storm a look waits longer, by its last number of changes, and so costs a bounded share."""
MEND_BEATS = 15
"""Every place is written and read anew once in so many beats."""


class Presence(Looks):
    """Presence on this node. Open it with `open_presence`."""

    def __init__(
        self,
        *,
        pool: Pool,
        places: Places,
        sessions: Sessions,
        send: Callable[[str, str, bytes], None],
    ) -> None:
        self._sessions = sessions
        self._bus: Bus | None = None
        self._wake = asyncio.Event()
        self.choices = Choices(pool, sessions, self._wake)
        self._here = Here(places.node, self.choices.of)
        super().__init__(places, Watched(places, self._here, self._devices_of, send))
        self._telling = Telling(places, self._here, self._devices_of, self._has_channel)
        self._to_load: set[str] = set()
        self._last_seen = LastSeen(pool)
        self._lives = Lives(places)
        self._was_heard = False
        self._beats = 0
        self._trusted_beat = 1
        """Before it Redis may lack what others have to say."""
        self._looking = asyncio.Lock()

    # -- what sockets do ------------------------------------------------------------------------

    def attach(self, bus: Bus) -> None:
        """Names the bus that hints go out on."""
        self._bus = bus
        self._telling.attach(bus)

    def connected(self, session: Session, chosen: Chosen) -> None:
        """A session has been let in, whose user shows what he has `chosen`."""
        user_id = session.principal.user_id
        self.choices.adopt(user_id, chosen)
        self._user_changed(user_id)

    def entered(self, session: Session, room_id: str) -> None:
        """A socket follows a room now: its user is there."""
        self._enter(session, room_id, hinted=True)

    def left(self, session: Session, room_id: str) -> None:
        """A socket stopped following a room on purpose: gone at once."""
        self._here.leave(session, room_id)
        self.watched.on_gone(room_id, (session.principal.user_id,))
        self._told_by_channel(room_id)
        self._change(room_id, session.connection_id)

    def disconnected(self, session: Session, *, silent: bool = False) -> None:
        """A socket is gone: its user stays for `GRACE_MS`, in case he only reloads.

        One that has not answered for long is `silent`: that was his grace already.
        """
        until_ms = _now_ms() + (SILENT_GRACE_MS if silent else GRACE_MS)
        user_id = session.principal.user_id
        for place in self._here.gone(session, until_ms):
            self.watched.on_gone(place, (user_id,))
            self._told_by_channel(place)
            self._change(place, session.connection_id)
        parting = self._here.device(session, user_id, expires_at_ms=until_ms)
        self._here.linger(_user(user_id), parting)
        self._user_changed(user_id)
        self.watched.discard(session)
        if not self._sessions.of_user(user_id):
            self.choices.forget(user_id)
        self._last_seen.note(user_id)

    def changed(self, session: Session) -> None:
        """A device's kind or idleness changed: tell every room it is in."""
        self._user_changed(session.principal.user_id)
        for place in self._here.places_of(session):
            self._change(place, session.connection_id)

    async def choose(self, user_id: str, chosen: Chosen) -> None:
        """The user shows himself like this now; told to all when this returns.

        Nodes where else he is hear it from PostgreSQL (`choices`).
        """
        here = self._sessions.of_user(user_id)
        if here:
            self.choices.adopt(user_id, chosen)
        for session in here:
            self.changed(session)
        await self._look()

    def watch(self, session: Session, place: str) -> None:
        """A socket is in a place that is no room, such as the audience of a broadcast."""
        self._enter(session, place, hinted=False)

    def unwatch(self, session: Session, place: str) -> None:
        """A socket left such a place."""
        self.left(session, place)

    def heard(self, session: Session, room_id: str, for_ms: int = LISTENING_MS) -> None:
        """A device reported that it plays the room's music; it counts as listening for so long."""
        if self._here.heard(session, room_id, _now_ms(), for_ms):
            self._change(room_id, session.connection_id)

    def hear(self, hint: Ephemeral) -> None:
        """Takes a presence hint from the bus."""
        said = read_hint(hint.data)
        if said.node == self._store.node:
            return
        leases = self._store.leases
        leases[said.node] = max(leases.get(said.node, 0.0), _now_ms() + LEASE_MS)
        place = self.watched.places.get(hint.stream.partition(":")[2])
        for device in said.devices:
            if self._sessions.of_user(device.user_id):
                self.choices.adopt(device.user_id, device.chosen)
            if place is not None:
                place.put(device.connection_id, device)
        for connection_id in said.gone:
            if place is not None:
                place.put(connection_id, None)
        self._wake.set()

    def is_invisible(self, user_id: str) -> bool:
        """True when nothing this user does may show that he is here."""
        return self.choices.is_hiding(user_id)

    # -- the loop -------------------------------------------------------------------------------

    def rehide(self, session: Session, before: frozenset[str]) -> None:
        """Whom blocks hide from a socket has changed: it is told who comes and who goes."""
        places = self._here.places_of(session)
        self.watched.rehide(session, places, before)

    async def run(self) -> None:
        """Beats and looks for changes for ever; owned by `open_presence`."""
        next_beat_s, settle_s = 0.0, SETTLE_S
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            try:
                within_s = min(next_beat_s - loop.time(), self._lives.next_end_s())
                async with asyncio.timeout(max(0.0, within_s)):
                    await self._wake.wait()
                await asyncio.sleep(settle_s)
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                if loop.time() >= next_beat_s:
                    next_beat_s = loop.time() + BEAT_S
                    await self._beat()
                if self._lives.changed():
                    for place in self.watched.places.values():
                        place.touch_all()
                settle_s = min(MAX_SETTLE_S, SETTLE_S + SETTLE_EACH_S * await self._look())
            except Exception:  # the loop that must live
                log.exception("presence.look_failed")

    async def _beat(self) -> None:
        """This node lives; and what time alone changes, or may have been lost, is looked at."""
        now_ms = _now_ms()
        self._beats += 1
        try:
            if not await self._lives.beat() or self._telling.failed:
                self._telling.failed = False
                self._say_all()
        except Unavailable:
            log.debug("presence.redis_away")
        is_heard = self._bus is not None and self._bus.connected
        for place_id, place in self.watched.places.items():
            if place.due_ms <= now_ms:
                place.touch_all()
            if self._beats == self._trusted_beat or (
                self._beats > self._trusted_beat
                and (self._mends(place_id) or not (place.hinted and is_heard and self._was_heard))
            ):
                self._to_load.add(place_id)
        self._was_heard = is_heard
        for place_id in [p for p in self._here.places() if self._mends(p)]:
            self._telling.note_place(place_id)
        if self._beats >= self._trusted_beat:
            await self.watched.load_users(list(self.watched.users))
        for place_id, connection_id in self._here.silent(now_ms):
            self._change(place_id, connection_id)
        for place_id, connection_id in self._here.expired(now_ms - int(BEAT_S * 1000)):
            if place_id.startswith("user:"):
                self._user_changed(place_id.removeprefix("user:"))
            else:
                self._change(place_id, connection_id)

    async def _look(self) -> int:
        """Tells what has changed here, learns what has changed elsewhere, and shows it.

        Returns how many changes there were.
        """
        async with self._looking:
            for user_id in await self.choices.read():
                for session in self._sessions.of_user(user_id):
                    self.changed(session)
            load, self._to_load = self._to_load, set()
            count = await self._telling.tell()
            if not self._telling.failed:
                self._telling.failed = await self._lives.name()
            await self.watched.load(load)
            self.watched.show()
            self.watched.forget()
            await self._last_seen.write()
            return count

    # -- small steps ----------------------------------------------------------------------------

    def _enter(self, session: Session, place_id: str, *, hinted: bool) -> None:
        self._here.enter(session, place_id)
        place = self.watched.place(place_id)
        place.hinted = place.hinted or hinted
        if not place.loaded:
            self._to_load.add(place_id)
        self._change(place_id, session.connection_id)

    def _has_channel(self, place_id: str) -> bool:
        place = self.watched.places.get(place_id)
        return place is None or place.hinted or not self._here.is_occupied(place_id)

    def _told_by_channel(self, place_id: str) -> None:
        """The last socket of a place takes its channel along: others who watch have to look."""
        place = self.watched.places.get(place_id)
        if place is not None and not self._here.is_occupied(place_id):
            place.hinted = False

    def _change(self, place_id: str, connection_id: str) -> None:
        self._telling.note(place_id, connection_id)
        place = self.watched.places.get(place_id)
        if place is not None:
            place.put(connection_id, self._here.find(place_id, connection_id))
        self._wake.set()

    def _user_changed(self, user_id: str) -> None:
        self._telling.note_users((user_id,))
        watched = self.watched.users.get(user_id)
        if watched is not None:
            for device in self._devices_of(user_id):
                watched.put(device.connection_id, device)
        self._wake.set()

    def _devices_of(self, user_id: str) -> list[Device]:
        own = [self._here.device(s, user_id) for s in self._sessions.of_user(user_id)]
        return own + self._here.leaving(_user(user_id))

    def _say_all(self) -> None:
        """Redis has forgotten us: all again, and nothing is read before others did so, too."""
        self._trusted_beat = self._beats + 2
        for place_id in self._here.places():
            self._telling.note_place(place_id)
        self._telling.note_users(session.principal.user_id for session in self._sessions)

    def _mends(self, place_id: str) -> bool:
        return (hash(place_id) + self._beats) % MEND_BEATS == 0


def _user(user_id: str) -> str:
    return f"user:{user_id}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
