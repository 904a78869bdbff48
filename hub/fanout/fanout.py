"""Fan-out: one event of a stream to every socket of this node that follows it, in seq order.

What the bus says is a hint. Each stream is followed by a cursor: the next seq is delivered, an
older one is dropped, a later one is held until the hole before it is filled (`log_watch`).
"""

import asyncio
from collections.abc import Callable, Sequence

from hub.door.evictions import CHANGED, LEFT, closes, who_left
from hub.door.sessions import Session
from hub.engine import EncodedEvent
from hub.engine.delivery import Delivery
from hub.fanout import hidden
from hub.fanout.followed import Followed, Follower
from hub.fanout.log_watch import HOLD_S, LogWatch
from hub.fanout.sender import Sender
from hub.metrics import FANOUT_DELIVERED, FANOUT_HELD
from hub.recovery.stamps import Stamps
from storage.bus import Bus, Durable, Ephemeral, Hint
from storage.log import Log, LogEvent
from storage.recoveries import Recoveries

MAX_HELD = 5_000
"""Events held behind a hole; beyond, they are dropped and read from the log with it."""


class Fanout:
    """The streams that sockets of this node follow. Open it with `open_fanout`."""

    def __init__(self, stream_log: Log, recoveries: Recoveries | None = None) -> None:
        self._log = stream_log
        self.delivery = Delivery()
        """Who gets what is broadcast; shared with the engine that owns the sockets."""
        self._bus: Bus | None = None
        self._streams: dict[str, Followed] = {}
        self._stamps = Stamps(self._streams) if recoveries is not None else None
        self.watch = LogWatch(
            self._streams, stream_log, self._deliver, self._release, recoveries, self._stamps
        )
        self._sender = Sender(self.delivery, self._stamps, self.watch.look_soon)
        self._emptied: set[str] = set()
        self.on_evicted: Callable[[Session, str], None] = lambda _session, _stream: None
        """Told of each socket that was made to leave a stream."""
        self.on_left: Callable[[str, Sequence[str]], None] = lambda _room_id, _user_ids: None
        """Told of a room's members who are none any more."""
        self.on_closed: Callable[[str], None] = lambda _stream: None
        """Told of a room's stream that strangers may not follow any more."""
        self._opening: dict[str, asyncio.Task[None]] = {}
        self.on_ephemeral: Callable[[Ephemeral], bool] = lambda _hint: False
        """Sees each ephemeral hint first; True when it is the hub's own and goes to no socket."""

    def attach(self, bus: Bus) -> None:
        """Names the bus that streams are subscribed on."""
        self._bus = bus
        self.watch.is_hearing = lambda: bus.connected
        self.watch.afterwards = self._close_emptied
        bus.on_reconnected = self.watch.wake

    async def join(self, session: Session, stream: str) -> None:
        """Makes `session` a follower that hears nothing yet: read the log, then `go_live`."""
        followed = self._streams.get(stream)
        if followed is None:
            followed = self._streams[stream] = Followed(stream)
        self._quiet(followed, session)
        followed.joining[session] = Follower()
        session.streams.add(stream)
        if self._stamps is not None:
            self._stamps.joined(followed, session)
        if followed.cursor is None:
            await self._open(followed)

    def go_live(self, session: Session, stream: str, floor: int) -> None:
        """From here on `session` gets every event with seq > `floor`; call it after the ack."""
        followed = self._streams.get(stream)
        follower = followed.joining.get(session) if followed else None
        if followed is None or follower is None:
            return
        waiting, follower.waiting = follower.waiting, []
        for event in waiting:
            if isinstance(event, EncodedEvent):
                session.send(event)
            elif event.seq > floor:
                # Encoded now: where the socket's other streams stand is as of now.
                session.send(self._sender.encode(followed, hidden.seen_by(event, session.hidden)))
        follower.floor = floor
        if followed.cursor is not None and followed.cursor >= floor:
            self._go_live(followed, session)

    async def reach(self, stream: str, seq: int) -> bool:
        """Brings a stream up to `seq`, from the log where the bus is late; False if it cannot."""
        followed = self._streams[stream]
        if followed.cursor is not None and followed.cursor < seq:
            await self.watch.fill(followed, seq)
        return followed.cursor is not None and followed.cursor >= seq

    def go_on(self, session: Session, stream: str, seq: int) -> list[LogEvent]:
        """Starts live delivery to a socket that is sent everything up to here by itself.

        Args:
            session: a joining socket.
            stream: one that has been brought up to `seq` (`reach`).
            seq: up to where the caller knows.

        Returns:
            What has come after `seq`, for the caller to send as well.
        """
        followed = self._streams[stream]
        follower = followed.joining[session]
        assert followed.cursor is not None
        waiting = [e for e in follower.waiting if isinstance(e, LogEvent) and e.seq > seq]
        follower.waiting.clear()
        if self._stamps is not None:
            self._stamps.moved(followed)  # where it stands is not what any snapshot says
        self._go_live(followed, session)
        return waiting

    def own_offset(self, session: Session, stream: str, seq: int) -> str | None:
        """An offset for one socket alone, which stands at `seq` in a stream it is joining.

        None when nothing waits that is later: then the offsets of others' events are right for it.
        """
        followed = self._streams.get(stream)
        follower = followed.joining.get(session) if followed else None
        if self._stamps is None or followed is None or follower is None:
            return None
        if not any(isinstance(one, LogEvent) and one.seq > seq for one in follower.waiting):
            return None
        return self._stamps.offset(followed, seq).decode()

    async def leave(self, session: Session, stream: str) -> None:
        """Ends following; the last socket's leaving ends the bus subscription."""
        session.streams.discard(stream)
        session.floors.pop(stream, None)
        followed = self._streams.get(stream)
        if followed is None:
            return
        self._quiet(followed, session)
        followed.joining.pop(session, None)
        if not followed.live and not followed.joining and stream not in self._opening:
            del self._streams[stream]
            followed.cursor = None
            if self._bus is not None:
                await self._bus.unsubscribe(stream)

    async def leave_all(self, session: Session) -> None:
        """Ends everything a lost socket followed."""
        for stream in list(session.streams):
            await self.leave(session, stream)

    def evict(self, stream: str, user_id: str) -> None:
        """Ends a user's following here; whoever was the last leaves the bus with the next look."""
        followed = self._streams.get(stream)
        if followed is None:
            return
        for session in [*followed.live, *followed.joining]:
            if session.principal.user_id == user_id:
                self._quiet(followed, session)
                followed.joining.pop(session, None)
                session.streams.discard(followed.name)
                session.floors.pop(followed.name, None)
                self.on_evicted(session, followed.name)
        self._emptied.add(followed.name)

    def rehide(self, session: Session) -> None:
        """Whom blocks hide from a socket has changed."""
        for stream in session.streams:
            followed = self._streams.get(stream)
            if followed is not None and session in followed.live and session.hidden:
                followed.wary.add(session)
            elif followed is not None:
                followed.wary.discard(session)

    def followers(self, stream: str) -> list[Session]:
        """Sockets of this node that follow `stream`, joining ones included."""
        followed = self._streams.get(stream)
        return [*followed.live, *followed.joining] if followed else []

    def reached(self, stream: str) -> int:
        """The last event of a followed stream that was delivered here; 0 before the first."""
        followed = self._streams.get(stream)
        return (followed.cursor or 0) if followed is not None else 0

    def streams(self) -> list[str]:
        """Names of the followed streams."""
        return list(self._streams)

    def hear(self, hint: Hint) -> None:
        """Takes a hint from the bus."""
        if isinstance(hint, Ephemeral):
            if not self.on_ephemeral(hint):
                self.send_ephemeral(hint.stream, hint.event, hint.data)
            return
        followed = self._streams.get(hint.stream)
        if followed is not None:
            self._take(followed, hint)

    def send_ephemeral(self, stream: str, event: str, data: bytes) -> None:
        """Sends an event without seq to the followers on this node; `data` is JSON."""
        followed = self._streams.get(stream)
        if followed is not None:
            self._sender.ephemeral(followed, event, data)

    async def _open(self, followed: Followed) -> None:
        """Subscribes on the bus first and reads the head after, once per stream."""
        task = self._opening.get(followed.name)
        if task is None:
            task = asyncio.create_task(self._open_once(followed), name=f"open {followed.name}")
            self._opening[followed.name] = task
            task.add_done_callback(lambda _: self._opening.pop(followed.name, None))
        await asyncio.shield(task)

    async def _open_once(self, followed: Followed) -> None:
        if self._bus is not None:
            await self._bus.subscribe(followed.name)
        head = await self._log.head(followed.stream_id)
        followed.epoch = head.epoch if head else ""
        followed.cursor = head.seq if head else 0
        self._release(followed)

    def _take(self, followed: Followed, hint: Durable) -> None:
        if followed.epoch != hint.epoch:
            if followed.epoch:
                self.watch.wake()
                return
            followed.epoch = hint.epoch
        for event in hint.events:
            if followed.cursor is not None and event.seq == followed.cursor + 1:
                self._deliver(followed, event)
            elif followed.cursor is None or event.seq > followed.cursor:
                if not followed.held:
                    followed.hold_until = asyncio.get_running_loop().time() + HOLD_S
                if len(followed.held) < MAX_HELD:
                    followed.held[event.seq] = event
                    FANOUT_HELD.inc()
                self.watch.wake()
        self._release(followed)

    def _release(self, followed: Followed) -> None:
        """Delivers what was held as far as it follows on."""
        while (event := followed.next_held()) is not None:
            self._deliver(followed, event)

    def _deliver(self, followed: Followed, event: LogEvent) -> None:
        if self._stamps is not None:
            self._stamps.moved(followed)
        followed.cursor = event.seq
        frame = self._sender.durable(followed, event)
        FANOUT_DELIVERED.inc(len(followed.live))
        if followed.joining:
            self._deliver_to_joining(followed, event, frame)
        if event.name == LEFT:
            user_id, is_put_out = who_left(event)
            self.on_left(followed.name.partition(":")[2], (user_id,))
            if is_put_out:
                self.evict(followed.name, user_id)
        elif event.name == CHANGED and closes(event):
            self.on_closed(followed.name)

    async def _close_emptied(self) -> None:
        """Unfollows the streams that evictions left without a socket."""
        while self._emptied:
            name = self._emptied.pop()
            followed = self._streams.get(name)
            if followed and not followed.live and not followed.joining:
                del self._streams[name]
                followed.cursor = None
                if self._bus is not None:
                    await self._bus.unsubscribe(name)

    def _deliver_to_joining(self, followed: Followed, event: LogEvent, frame: EncodedEvent) -> None:
        for session, follower in list(followed.joining.items()):
            if follower.floor is None:
                follower.waiting.append(event)
            elif event.seq >= follower.floor:
                if event.seq > follower.floor:
                    seen = hidden.seen_by(event, session.hidden)
                    session.send(frame if seen is event else self._sender.encode(followed, seen))
                self._go_live(followed, session)

    def _go_live(self, followed: Followed, session: Session) -> None:
        del followed.joining[session]
        followed.live.add(session)
        if session.hidden:
            followed.wary.add(session)
        self.delivery.join(session.link, followed.name)

    def _quiet(self, followed: Followed, session: Session) -> None:
        if session in followed.live:
            followed.live.discard(session)
            followed.wary.discard(session)
            self.delivery.leave(session.link, followed.name)
