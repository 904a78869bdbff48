"""Who hears what, and the one write each member gets per tick of the loop.

Everything that is sent in one tick is gathered and written at its end: a room's frames are joined
once, and each member of the room gets the same bytes in one call. A member that several senders
reach in one tick (two rooms, a room and an ack) gets his own sequence, so that the order of calls
is the order on every wire. Members whose events need a closer look (long-polling, msgpack, a
congested socket) take them one by one.

Measured with 1,000 members (../../loadtests): a queue, a task and a send per member 19,000
deliveries/s; an index of writers 158,000; one write per tick 160,000 with one message under way and
696,000 with eight. With sockets lent by their transports a delivery costs 1.16 times what the floor
in C takes for it; by way of uvloop it was 1.5 (W=1, CPU, interleaved on a crowded machine).
"""

import asyncio
from collections.abc import Collection, Hashable, Iterable
from itertools import islice
from operator import methodcaller

from hub.engine.encoded import EncodedEvent
from hub.engine.link import Link
from hub.engine.room import Room, Socket, Writer

SLICE = 1_024
"""A room of more members than this is large: one turn of the loop does not write to all of them."""
TURN = 256
"""Members of large rooms that one turn writes to: below 2 ms. What a small room is told takes some
four turns (read, publish, hear, write), and waits for as many of these."""


Target = Room | Link
_Send = tuple[Target, EncodedEvent, Collection[Link]]


class Delivery:
    """The rooms of one node and what is due to them in this tick.

    Unsent events are bounded per member: by the transport's buffer and `Session.take`.
    """

    def __init__(self) -> None:
        self._rooms: dict[Hashable, Room] = {}
        self._sends: list[_Send] = []
        self._only: Target | None = None
        """The target of all that waits, while it is one."""
        self._late: dict[Link, bytes] = {}
        """Members of large rooms whose turn has not come, and what they are owed."""
        self._scheduled = False
        self._flushing = False
        self.delivered = 0
        self.flushes = 0

    def members(self, key: Hashable) -> list[Link]:
        """Who is in a room."""
        room = self._rooms.get(key)
        return [*room.fast, *room.slow] if room is not None else []

    def join(self, link: Link, key: Hashable) -> None:
        """Puts a member into a room; it hears what is broadcast from now on."""
        if link.closed:
            return
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(key)
        elif room.dirty:
            self.flush()
        link.rooms.add(room)
        room.put(link, link.writer)

    def leave(self, link: Link, key: Hashable) -> None:
        """Takes a member out; what was broadcast before still reaches it."""
        room = self._rooms.get(key)
        if room is None or room not in link.rooms:
            return
        if room.dirty:
            self.flush()
        link.rooms.discard(room)
        self._remove(link, room)

    def forget(self, link: Link) -> None:
        """Takes a link that is gone out of all its rooms, and drops what it is owed."""
        for room in link.rooms:
            self._remove(link, room)
        link.rooms.clear()
        link.writer = None
        self._late.pop(link, None)

    def set_writer(self, link: Link, writer: Writer | None) -> None:
        """Says how a member is reached from now on; None: through `Link.take`."""
        if (owed := self._late.pop(link, None)) is not None and link.writer is not None:
            self._write(link, owed)
        link.writer = writer
        for room in link.rooms:
            room.put(link, writer)

    def broadcast(self, key: Hashable, event: EncodedEvent, skip: Collection[Link] = ()) -> None:
        """Sends to all members of a room but those in `skip`."""
        room = self._rooms.get(key)
        if room is None:
            return
        room.dirty = True
        if not self._sends:
            self._only = None if skip else room
        elif self._only is not room or skip:
            self._only = None
        self._sends.append((room, event, skip))
        self._schedule()

    def send(self, link: Link, event: EncodedEvent) -> None:
        """Sends to one."""
        if event.volatile and link.is_behind:
            return
        if not self._sends:
            self._only = link
        elif self._only is not link:
            self._only = None
        self._sends.append((link, event, ()))
        self._schedule()

    def flush(self) -> None:
        """Writes what waits; called at the end of each tick, and before something that closes."""
        if self._flushing:
            return
        self._flushing = True
        try:
            sends, self._sends = self._sends, []
            if sends:
                self.flushes += 1
                if (only := self._only) is not None:
                    self._write_one_target(only, [event for _, event, _ in sends])
                else:
                    self._write_targets(sends)
            if self._late:
                self._write_late()
        finally:
            self._flushing = False

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._end_of_tick)

    def _end_of_tick(self) -> None:
        self._scheduled = False
        self.flush()

    def _write_one_target(self, target: Target, events: list[EncodedEvent]) -> None:
        frames = [event.frame for event in events]
        blob = frames[0] if len(frames) == 1 else b"".join(frames)
        if isinstance(target, Link):
            if target.writer is not None:
                self._write_owed(target, blob)
            elif not target.closed:
                for event in events:
                    target.take(event)
            return
        target.dirty = False
        if target.slow:
            for event in events:
                for link in list(target.slow):
                    link.take(event)
        self._write_members(target, blob, ())

    def _write_targets(self, sends: list[_Send]) -> None:
        frames: dict[Target, list[bytes]] = {}
        apart: set[Link] = set()
        """Members that have to get a sequence of their own."""
        for target, event, skip in sends:
            if (own := frames.get(target)) is None:
                own = frames[target] = []
            own.append(event.frame)
            apart.update(skip)
            self._take_slowly(target, event, skip)
        seen: set[Link] = set()
        for target in frames:
            reached: Iterable[Link] = (target,) if isinstance(target, Link) else target.fast
            if not seen.isdisjoint(reached):
                apart.update(seen.intersection(reached))
            seen.update(reached)
        for target, own in frames.items():
            blob = own[0] if len(own) == 1 else b"".join(own)
            if isinstance(target, Room):
                target.dirty = False
                self._write_members(target, blob, apart)
            elif target.writer is not None and target not in apart:
                self._write_owed(target, blob)
        if apart:
            self._write_apart(sends, apart)

    def _take_slowly(self, target: Target, event: EncodedEvent, skip: Collection[Link]) -> None:
        if isinstance(target, Room):
            if target.slow:
                for link in list(target.slow):
                    if link not in skip:
                        link.take(event)
        elif target.writer is None and not target.closed:
            target.take(event)

    def _write_members(self, room: Room, blob: bytes, apart: Collection[Link]) -> None:
        members = room.fast
        self.delivered += len(members)
        if len(members) > SLICE:
            self._put_off(members, blob, apart)
        elif apart or self._late:
            for link in list(members):
                if link not in apart:
                    self._write_owed(link, blob)
        else:
            self._write_each(*room.lineup(), blob)

    def _write_each(self, writers: list[Writer], sockets: list[Socket], blob: bytes) -> None:
        """The same bytes to all of them.

        By now the kernel's work for the others has driven everything of the next member out of the
        caches, so a member costs one look at one object of ours, its socket: 0.3 us less than by
        way of its link, its writer and a bound method.
        """
        size, place = len(blob), -1
        counts = map(methodcaller("send", blob), sockets)
        while True:
            try:
                for place, sent in enumerate(counts, place + 1):  # noqa: B007, B020
                    if sent != size:
                        break
                else:
                    return
            except OSError:
                place, sent = place + 1, 0
            writers[place].finish(blob, sent)

    def _write_apart(self, sends: list[_Send], apart: set[Link]) -> None:
        sequences: dict[Link, list[bytes]] = {link: [] for link in apart if link.writer is not None}
        for target, event, skip in sends:
            if isinstance(target, Link):
                if target in sequences:
                    sequences[target].append(event.frame)
            else:
                for link in target.fast.keys() & sequences.keys():
                    if link not in skip:
                        sequences[link].append(event.frame)
        for link, frames in sequences.items():
            if frames:
                self._write_owed(link, b"".join(frames))

    def _put_off(self, members: dict[Link, Writer], blob: bytes, apart: Collection[Link]) -> None:
        late = self._late
        if not late and not apart:
            late.update(dict.fromkeys(members, blob))
            return
        before, joined = b"", blob
        for link in members:
            if link not in apart:
                owed = late.get(link, b"")
                if owed is not before:  # most members are owed the same: one object serves them
                    before, joined = owed, owed + blob
                late[link] = joined

    def _write_late(self) -> None:
        for link in list(islice(self._late, TURN)):
            owed = self._late.pop(link)
            if link.writer is not None:
                self._write(link, owed)
        if self._late:
            self._schedule()

    def _write_owed(self, link: Link, blob: bytes) -> None:
        """Writes to one whose turn in a large room may not have come: that goes first."""
        owed = self._late.pop(link, None) if self._late else None
        self._write(link, blob if owed is None else owed + blob)

    def _write(self, link: Link, blob: bytes) -> None:
        writer = link.writer
        assert writer is not None
        try:
            sent = writer.socket.send(blob)
        except OSError:
            sent = 0
        if sent != len(blob):
            writer.finish(blob, sent)

    def _remove(self, link: Link, room: Room) -> None:
        room.remove(link)
        if not room.fast and not room.slow and self._rooms.get(room.key) is room:
            del self._rooms[room.key]
