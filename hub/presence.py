"""Who is where: this node's sessions written to Redis, every node's read back, changes sent out.

A hint on a room's channel says that somebody came, went or changed; what is true is read from
Redis, and without Redis from this node alone. Entries carry their own expiry, so the sessions of a
node that died are gone everywhere within `LEASE_MS`, and a flushed Redis is right after `BEAT_S`.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from hub import wire
from hub.access import check_room
from hub.dispatch import Answer, Call
from hub.presence_calls import (
    MAX_WATCHED,
    PRESENCE,
    GetPresence,
    IdleKnown,
    PresenceView,
    SetIdle,
    UpdatePresence,
    UserPresence,
    WatchPresence,
)
from hub.sessions import Session, Sessions
from rooms import presence as rules
from rooms.errors import Invalid, Unavailable
from rooms.ids import room_stream
from rooms.presence import Chosen, Device, Present
from storage import presence as store
from storage.backends import Pool
from storage.bus import Bus, Ephemeral
from storage.postgres import answering

log = logging.getLogger(__name__)

HINT = "hub:presence"
BEAT_S = 2.0
LEASE_MS = 7_000
GRACE_MS = 5_000
"""A reload is no leave: a lost socket counts as there for this long."""
LISTENING_MS = 15_000
"""A device that reported its playback within this time is listening."""
SETTLE_S = 0.05
"""Hints of one moment become one diff."""


class _Hint(Struct, frozen=True):
    user_id: str


class _Place:
    """A room (or one user) whose presence somebody on this node watches."""

    __slots__ = ("devices", "version", "view", "watchers")

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.view: dict[str, Present] = {}
        self.version = 0
        self.watchers: set[Session] = set()


class Presence:
    """Presence on this node. Open it with `open_presence`."""

    def __init__(
        self,
        *,
        pool: Pool,
        places: store.Places,
        sessions: Sessions,
        send: Callable[[str, str, bytes], None],
    ) -> None:
        self._pool = pool
        self._store = places
        self._sessions = sessions
        self._send = send
        self._bus: Bus | None = None
        self._here: dict[str, dict[str, Session]] = {}
        self._leaving: dict[tuple[str, str], Device] = {}
        self._places: dict[str, _Place] = {}
        self._chosen: dict[str, Chosen] = {}
        self._heard_ms: dict[tuple[str, str], int] = {}
        self._dirty: set[str] = set()
        self._rechosen: set[str] = set()
        self._seen: set[str] = set()
        """Users whose sockets have gone since the last look."""
        self._wake = asyncio.Event()

    def attach(self, bus: Bus) -> None:
        """Names the bus that hints go out on."""
        self._bus = bus

    def calls(self) -> Mapping[str, Call]:
        """Presence calls by wire name."""
        handlers: dict[str, Answer] = {
            "presence:update": self._update,
            "presence:idle": self._set_idle,
            "presence:subscribe": self._watch,
            "presence:get": self._get,
        }
        return {name: Call(shape, handlers[name]) for name, shape in PRESENCE.items()}

    def connected(self, session: Session, chosen: Chosen) -> None:
        """A session has been let in, whose user shows what he has `chosen`."""
        user_id = session.principal.user_id
        self._chosen[user_id] = chosen
        self._enter(session, user_id)

    def entered(self, session: Session, room_id: str) -> None:
        """A socket follows a room now: its user is there."""
        self._enter(session, room_id)
        self._places.setdefault(room_id, _Place())
        self._hint(room_id, session.principal.user_id)

    def left(self, session: Session, room_id: str) -> None:
        """A socket stopped following a room on purpose: gone at once."""
        self._drop(session, room_id)
        user_id = session.principal.user_id
        self._leaving[(room_id, session.connection_id)] = self._device(
            session, room_id, expires_at_ms=0
        )
        self._hint(room_id, user_id)

    def disconnected(self, session: Session) -> None:
        """A socket is gone: its user stays for `GRACE_MS`, in case he only reloads."""
        until_ms = _now_ms() + GRACE_MS
        for place in [p for p, here in self._here.items() if session.connection_id in here]:
            device = self._device(session, place, expires_at_ms=until_ms)
            self._leaving[(place, session.connection_id)] = device
            self._drop(session, place)
            self._dirty.add(place)
        for watched in self._places.values():
            watched.watchers.discard(session)
        user_id = session.principal.user_id
        if not self._sessions.of_user(user_id):
            self._chosen.pop(user_id, None)
        self._seen.add(user_id)
        self._wake.set()

    def changed(self, session: Session) -> None:
        """A device's kind or idleness changed: tell every room it is in."""
        for place in [p for p, here in self._here.items() if session.connection_id in here]:
            self._hint(place, session.principal.user_id)

    def watch(self, session: Session, place: str) -> None:
        """A socket is in a place that is no room, such as the audience of a broadcast."""
        self._places.setdefault(place, _Place())
        self._enter(session, place)

    def unwatch(self, session: Session, place: str) -> None:
        """A socket left such a place."""
        self._leaving[(place, session.connection_id)] = self._device(
            session, place, expires_at_ms=0
        )
        self._drop(session, place)
        self._dirty.add(place)
        self._wake.set()

    def heard(self, session: Session, room_id: str) -> None:
        """A device reported that it plays the room's music."""
        self._heard_ms[(room_id, session.connection_id)] = _now_ms()

    def hear(self, hint: Ephemeral) -> None:
        """Takes a presence hint from the bus: somebody changed, look again."""
        self._dirty.add(hint.stream.partition(":")[2])
        user_id = msgspec.json.decode(hint.data, type=_Hint).user_id
        if user_id in self._chosen:
            self._rechosen.add(user_id)
        self._wake.set()

    def is_invisible(self, user_id: str) -> bool:
        """True when nothing this user does may show that he is here."""
        chosen = self._chosen.get(user_id)
        return chosen is not None and (chosen.invisible or chosen.status == "offline")

    def present(self, room_id: str) -> tuple[str, ...]:
        """Users in a room as far as this node knows."""
        place = self._places.get(room_id)
        return tuple(place.view) if place else ()

    async def room_view(self, room_id: str, user_id: str) -> dict[str, Any]:
        """A room's presence for a snapshot; the user himself is in it, invisible or not."""
        devices = await self._read([room_id])
        view = rules.aggregate(devices[room_id], _now_ms())
        place = self._places.get(room_id)
        return {"version": place.version if place else 0, "users": view, "me": user_id}

    async def run(self) -> None:
        """Beats and looks for changes for ever; owned by `open_presence`."""
        next_beat_s = 0.0
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            try:
                async with asyncio.timeout(max(0.0, next_beat_s - loop.time())):
                    await self._wake.wait()
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                next_beat_s = loop.time() + BEAT_S
                self._dirty |= set(self._places) | set(self._here)
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                await self._look(dirty)
            except Exception:  # the loop that must live
                log.exception("presence.look_failed")

    async def _look(self, dirty: set[str]) -> None:
        """Writes what this node knows of dirty places, reads what all know, sends what changed."""
        rechosen, self._rechosen = self._rechosen, set()
        if rechosen:
            self._chosen |= await store.chosen(self._pool, list(rechosen))
        now_ms = _now_ms()
        await self._write(dirty, now_ms)
        watched = [place for place in dirty if place in self._places]
        devices = await self._read(watched)
        for place_id in watched:
            place = self._places.get(place_id)
            if place is not None:
                self._show(place_id, place, devices[place_id], now_ms)
        self._forget(now_ms)
        await self._note_seen()

    async def _note_seen(self) -> None:
        seen, self._seen = self._seen, set()
        if seen:
            with answering():
                await store.seen(self._pool, list(seen))

    async def _write(self, places: set[str], now_ms: int) -> None:
        entries: dict[str, list[Device]] = {}
        for place in places:
            here = self._here.get(place, {})
            found = [self._device(s, place, expires_at_ms=now_ms + LEASE_MS) for s in here.values()]
            found += [d for (p, _), d in self._leaving.items() if p == place]
            if found:
                entries[place] = found
        try:
            await self._store.write(entries)
        except Unavailable:
            log.debug("presence.redis_away")

    async def _read(self, places: list[str]) -> dict[str, list[Device]]:
        found = await self._store.read(places)
        return {p: found[p] if p in found else self._own(p) for p in places}

    def _own(self, place: str) -> list[Device]:
        """Without Redis: this node's devices, and the others' as long as their lease goes."""
        until_ms = _now_ms() + LEASE_MS
        own = {
            s.connection_id: self._device(s, place, expires_at_ms=until_ms)
            for s in self._here.get(place, {}).values()
        }
        own |= {d.connection_id: d for (p, _), d in self._leaving.items() if p == place}
        known = self._places.get(place)
        others = [d for d in known.devices if d.connection_id not in own] if known else []
        return [*own.values(), *others]

    def _show(self, place_id: str, place: _Place, devices: list[Device], now_ms: int) -> None:
        after = rules.aggregate(devices, now_ms)
        change = rules.diff(place.view, after, place.version + 1)
        place.devices = [d for d in devices if d.expires_at_ms > now_ms]
        if change is None:
            return
        place.view = after
        place.version = change.version
        if len(after) > rules.MAX_LISTED:
            counts = {
                "room_id": place_id,
                "online": len(after),
                "listeners": rules.listening(devices, now_ms),
            }
            self._tell(place_id, place, "presence:counts", msgspec.json.encode(counts))
        else:
            self._tell(place_id, place, "presence:diff", msgspec.json.encode(change))

    def _tell(self, place_id: str, place: _Place, event: str, data: bytes) -> None:
        """Followers of the room's stream hear it there; other watchers by themselves."""
        stream = room_stream(place_id)
        self._send(stream, event, data)
        body = b'{"stream":"%b","data":%b}' % (stream.encode(), data)
        frame = wire.ephemeral_frame(event, body, key=f"{stream} {event}")
        for session in place.watchers:
            if stream not in session.streams:
                session.send(frame)

    def _forget(self, now_ms: int) -> None:
        """Lets go of what nobody needs any more."""
        for key, device in list(self._leaving.items()):
            if device.expires_at_ms + BEAT_S * 1000 <= now_ms:
                del self._leaving[key]
        for place_id, place in list(self._places.items()):
            if place_id not in self._here and not place.watchers:
                del self._places[place_id]
        for heard, at_ms in list(self._heard_ms.items()):
            if at_ms + LISTENING_MS < now_ms:
                del self._heard_ms[heard]

    def _enter(self, session: Session, place: str) -> None:
        self._here.setdefault(place, {})[session.connection_id] = session
        self._leaving.pop((place, session.connection_id), None)
        self._dirty.add(place)
        self._wake.set()

    def _drop(self, session: Session, place: str) -> None:
        here = self._here.get(place, {})
        here.pop(session.connection_id, None)
        if not here:
            self._here.pop(place, None)

    def _device(self, session: Session, place: str, *, expires_at_ms: int) -> Device:
        user_id = session.principal.user_id
        heard_ms = self._heard_ms.get((place, session.connection_id), 0)
        return Device(
            user_id=user_id,
            connection_id=session.connection_id,
            device_id=session.device_id,
            kind=session.kind,
            idle=session.idle,
            listening=heard_ms + LISTENING_MS > _now_ms(),
            chosen=self._chosen.get(user_id, Chosen()),
            seen_at_ms=session.connected_at_ms,
            expires_at_ms=expires_at_ms,
        )

    def _hint(self, place: str, user_id: str) -> None:
        self._dirty.add(place)
        self._wake.set()
        if self._bus is not None:
            self._bus.publish_nowait(room_stream(place), HINT, {"user_id": user_id})

    async def _update(self, session: Session, command: UpdatePresence) -> Chosen:
        user_id = session.principal.user_id
        chosen = Chosen(
            status=command.status,
            invisible=command.invisible,
            status_message=command.status_message,
            status_expires_at_ms=_expires_ms(command.status_expires_at),
            activity=command.activity,
            chosen_at_ms=_now_ms(),
        )
        await store.choose(self._pool, user_id, chosen)
        self._chosen[user_id] = chosen
        # Whoever has just hidden is hidden once he is told so, not a moment later.
        await self._write({p for p, here in self._here.items() if _has(here, user_id)}, _now_ms())
        for own in self._sessions.of_user(user_id):
            self.changed(own)
        return chosen

    async def _set_idle(self, session: Session, command: SetIdle) -> IdleKnown:
        session.idle = command.idle
        self.changed(session)
        return IdleKnown(command.idle)

    async def _watch(self, session: Session, command: WatchPresence) -> PresenceView:
        place_ids = await self._audience(session, command)
        for place_id in place_ids:
            self._places.setdefault(place_id, _Place()).watchers.add(session)
        devices = await self._read(place_ids)
        now_ms = _now_ms()
        users: dict[str, Present] = {}
        for place_id in place_ids:
            users |= rules.aggregate(devices[place_id], now_ms)
        versions = [self._places[place_id].version for place_id in place_ids]
        return PresenceView(max(versions, default=0), users)

    async def _audience(self, session: Session, command: WatchPresence) -> list[str]:
        if not isinstance(command.audience, str):
            return [user_id.lower() for user_id in command.audience]
        if command.audience == "contacts":
            return await store.contacts(self._pool, session.principal.user_id, MAX_WATCHED)
        kind, _, room_id = command.audience.lower().partition(":")
        if kind != "room" or not room_id:
            raise Invalid.field(
                "audience", "INVALID", 'Use "room:ID", "contacts" or a list of user ids.'
            )
        await check_room(self._pool, room_id, session.principal)
        return [room_id]

    async def _get(self, session: Session, command: GetPresence) -> UserPresence:
        user_id = command.user_id.lower()
        devices = await self._read([user_id])
        found = rules.aggregate(devices[user_id], _now_ms()).get(user_id)
        if found is not None:
            return UserPresence(user_id, **asdict(found))
        last_seen_at = await store.last_seen_at(self._pool, user_id)
        return UserPresence(user_id, "offline", last_seen_at, None, None, ())


@asynccontextmanager
async def open_presence(presence: Presence) -> AsyncIterator[Presence]:
    """Runs presence while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(presence.run(), name="presence")
        try:
            yield presence
        finally:
            task.cancel()


def _has(here: Mapping[str, Session], user_id: str) -> bool:
    return any(session.principal.user_id == user_id for session in here.values())


def _expires_ms(value: int | str | None) -> int | None:
    if not isinstance(value, str):
        return value
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        raise Invalid.field("status_expires_at", "INVALID_FORMAT", "Use ISO 8601.") from None
    return int(moment.timestamp() * 1000)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
