"""What people of this node watch: places and users, put together from what all nodes say."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from hub.door.sessions import Session
from hub.presence.here import Here
from hub.presence.place import Place, View
from hub.presence.shapes import PresenceView
from hub.presence.watchers import seen, tell_rehidden, tell_watchers
from rooms import presence as rules
from rooms.errors import Unavailable
from rooms.ids import room_stream
from rooms.presence import Chosen, Device, Present
from storage.loader import Loader
from storage.presence.places import Change, Places

log = logging.getLogger(__name__)

COUNT_EVERY_S = 1.0
KEPT_DEAD_MS = 60_000
"""Redis keeps what has expired for this long, for nodes whose clocks differ."""


class Watched:
    """The places and users that somebody on this node watches.

    Args:
        store: what other nodes say.
        here: what this node's own sockets do.
        devices_of: a user's devices on this node.
        send: sends an event to the followers of a stream on this node.
    """

    def __init__(
        self,
        store: Places,
        here: Here,
        devices_of: Callable[[str], list[Device]],
        send: Callable[[str, str, bytes], None],
    ) -> None:
        self._store = store
        self._here = here
        self._devices_of = devices_of
        self._send = send
        self.on_gone: Callable[[str, Sequence[str]], None] = _nobody_minds
        """Told of users who are not seen in a place any more."""
        self.places: dict[str, Place] = {}
        self.users: dict[str, Place] = {}
        """Wherever they are; looked at each beat."""
        self._read_now: Loader[Place] = Loader(self._read)

    def place(self, place_id: str) -> Place:
        """The place, watched from now on if it was not."""
        return self.places.setdefault(place_id, Place())

    def present(self, room_id: str) -> tuple[str, ...]:
        """Users in a room as far as this node knows, those who have just come in among them."""
        place = self.places.get(room_id)
        if place is None:
            return ()
        if place.is_touched:
            self._show(room_id, place)
        return tuple(place.view)

    def is_whole(self, room_id: str) -> bool:
        """Whether what other nodes say of a room has been read here."""
        place = self.places.get(room_id)
        return place is not None and place.loaded

    async def there(self, room_id: str) -> tuple[str, ...]:
        """Users with a device in a room, also those who hide; also where no socket of ours is."""
        place = self.places.get(room_id)
        now_ms, leases = _now_ms(), self._store.leases
        devices: Iterable[Device]
        if place is not None and place.loaded and place.hinted:
            devices = place.devices
        else:
            devices = (await self._store.read([room_id])).get(room_id, [])
        alive = (d.user_id for d in devices if rules.is_there(d, now_ms, leases))
        return tuple(dict.fromkeys(alive))

    async def room_view(self, room_id: str, user_id: str, hidden: frozenset[str]) -> View:
        """A room's presence for a snapshot; nobody of `hidden` is in it."""
        place = self.places.get(room_id)
        if place is not None and place.loaded and place.hinted:
            if place.is_touched:
                self._show(room_id, place)
        else:
            version = place.version if place is not None else 0
            place = await self._read_now.get(room_id) or Place()
            place.version = version
        return place.snapshot(user_id, _now_ms(), self._store.leases, hidden)

    def rehide(self, session: Session, places: Iterable[str], before: frozenset[str]) -> None:
        """Tells a socket who comes and goes for it because of blocks.

        Args:
            session: a socket with its new `hidden`.
            places: where it is.
            before: its `hidden` until now.
        """
        changed = session.hidden ^ before
        for place_id in places:
            place = self.places.get(place_id)
            if place is not None and not place.is_large:
                tell_rehidden(session, place_id, place, changed)
        for user_id in changed:
            place = self.users.get(user_id)
            if place is not None and session in place.watchers:
                tell_rehidden(session, user_id, place, changed)

    async def watch_room(self, session: Session, room_id: str) -> PresenceView:
        """What is so in a room; `session` hears of each change from now on."""
        place = self.place(room_id)
        place.watchers.add(session)
        if not (place.loaded and place.hinted):
            await self.load([room_id])
        self._show(room_id, place)
        return PresenceView(place.version, seen(place.view, session))

    async def watch_users(self, session: Session, user_ids: Sequence[str]) -> PresenceView:
        """How these users are; `session` hears of each change from now on."""
        for user_id in user_ids:
            self.users.setdefault(user_id, Place()).watchers.add(session)
        await self.load_users(user_ids)
        users: dict[str, Present] = {}
        for user_id in user_ids:
            self._show(user_id, self.users[user_id])
            users |= self.users[user_id].view
        versions = [self.users[user_id].version for user_id in user_ids]
        return PresenceView(max(versions, default=0), seen(users, session))

    async def of_user(self, user_id: str, chosen: Chosen) -> Present | None:
        """One user as others see him, who shows this; None when he is not there, or hides."""
        said = (await self._read_users([user_id]))[user_id]
        devices = [replace(device, chosen=chosen) for device in said]
        return rules.aggregate(devices, _now_ms(), self._store.leases).get(user_id)

    async def load(self, place_ids: Iterable[str]) -> None:
        """Reads places from Redis; one that does not answer keeps what is known of it here."""
        place_ids = [place_id for place_id in place_ids if place_id in self.places]
        if not place_ids:
            return
        reads = {place_id: self.places[place_id] for place_id in place_ids}
        said = {place_id: place.begin_read() for place_id, place in reads.items()}
        try:
            found = await self._store.read(place_ids)
        finally:
            for place_id, place in reads.items():
                place.end_read(said[place_id])
        now_ms = _now_ms()
        dead: dict[str, Change] = {}
        for place_id in found:
            place = reads[place_id]
            own = [self._here.find(place_id, one) for one in self._here.connections(place_id)]
            known = [*self._unsaid(place), *found[place_id]]
            place.replace(_with_own(known, own, self._store.node), said[place_id])
            if gone := place.expired(now_ms - KEPT_DEAD_MS, self._store.leases):
                for connection_id in gone:
                    place.put(connection_id, None)
                dead[place_id] = Change((), gone)
        if dead:
            try:
                await self._store.write(dead)
            except Unavailable:
                log.debug("presence.redis_away")

    async def load_users(self, user_ids: Sequence[str]) -> None:
        """Reads users from Redis; while it does not answer, what is known of them stays."""
        if not user_ids:
            return
        try:
            found = await self._store.read_users(user_ids, _now_ms())
        except Unavailable:
            found = {user_id: [] for user_id in user_ids if not self.users[user_id].loaded}
        for user_id, devices in found.items():
            place = self.users.get(user_id)
            if place is not None:
                known = [*self._unsaid(place), *devices]
                place.replace(_with_own(known, self._devices_of(user_id), self._store.node))
                place.touch_all()

    def _unsaid(self, place: Place) -> list[Device]:
        """What is known of nodes that have yet to tell a Redis that has lost its memory."""
        forgotten = self._store.forgotten(_now_ms())
        return [device for device in place.devices if device.node in forgotten]

    def forget(self) -> None:
        """Lets go of what nobody watches any more."""
        for place_id, place in list(self.places.items()):
            if not self._here.is_occupied(place_id) and not place.watchers:
                del self.places[place_id]
        for user_id, place in list(self.users.items()):
            if not place.watchers:
                del self.users[user_id]

    def discard(self, session: Session) -> None:
        """A socket is gone: it watches nothing any more."""
        for watched in (*self.places.values(), *self.users.values()):
            watched.watchers.discard(session)

    def show(self) -> None:
        """Tells watchers what has changed."""
        for place_id, place in [*self.places.items(), *self.users.items()]:
            if place.is_touched:
                self._show(place_id, place)
            elif place.uncounted:
                self._count(place_id, place)

    def _show(self, place_id: str, place: Place) -> None:
        change = place.refresh(_now_ms(), self._store.leases)
        if change is None:
            return
        if change.leaves and place_id in self.places:
            self.on_gone(place_id, change.leaves)
        if place.is_large:
            place.uncounted = True
            self._count(place_id, place)
        else:
            if place.counted_s is not None:  # it was large: they do not know whom it holds
                place.counted_s, place.told, place.uncounted = None, None, False
                change = place.whole()
            self._tell(place_id, place, "presence:diff", msgspec.json.encode(change))

    def _count(self, place_id: str, place: Place) -> None:
        """Tells counts, at most once in `COUNT_EVERY_S`: everybody there is written to."""
        now_s = time.monotonic()
        if place.counted_s is not None and now_s - place.counted_s < COUNT_EVERY_S:
            return
        place.counted_s, place.uncounted = now_s, False
        counts = place.told = place.counts(_now_ms(), self._store.leases)
        told = {"room_id": place_id, "online": counts.online, "listeners": counts.listeners}
        self._tell(place_id, place, "presence:counts", msgspec.json.encode(told))

    def _tell(self, place_id: str, place: Place, event: str, data: bytes) -> None:
        """Followers of the room's stream hear it there; other watchers by themselves."""
        stream = room_stream(place_id)
        self._send(stream, event, data)
        tell_watchers(place.watchers, stream, event, data)

    async def _read_users(self, user_ids: Sequence[str]) -> dict[str, list[Device]]:
        try:
            found = await self._store.read_users(user_ids, _now_ms())
        except Unavailable:
            found = {user_id: [] for user_id in user_ids}
        node = self._store.node
        return {u: _with_own(devices, self._devices_of(u), node) for u, devices in found.items()}

    async def _read(self, place_ids: Sequence[str]) -> dict[str, Place]:
        """Places as they are now, for those who do not watch them."""
        found = await self._store.read(place_ids)
        now_ms, leases = _now_ms(), self._store.leases
        places = {place_id: Place() for place_id in place_ids}
        for place_id, place in places.items():
            own = [self._here.find(place_id, one) for one in self._here.connections(place_id)]
            place.replace(_with_own(found.get(place_id, []), own, self._store.node))
            place.refresh(now_ms, leases)
        return places


def _with_own(found: Iterable[Device], own: Iterable[Device | None], node: str) -> list[Device]:
    """What Redis says of others, and what this node knows of its own."""
    others = [device for device in found if device.node != node]
    return others + [device for device in own if device is not None]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _nobody_minds(_place_id: str, _user_ids: Sequence[str]) -> None:
    pass
