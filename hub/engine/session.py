"""One Engine.IO session: its transport, its heartbeat, its byte bound, its end."""

import asyncio
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.engine import frames
from hub.engine.consumer import Consumer, bad_packet
from hub.engine.encoded import EncodedEvent
from hub.engine.endings import ENDINGS
from hub.engine.hooks import CLOSE, NOOP, PING, AsyncSocket, Packet
from hub.engine.limits import Limits
from hub.engine.websocket import WebSocket

if TYPE_CHECKING:
    from hub.engine.engine import Engine

log = logging.getLogger(__name__)

PING_FRAME = frames.frame(frames.TEXT, b"2")
MAX_EPHEMERAL_KEYS = 64
"""Different ephemeral events kept for a congested client; more are dropped."""


class Session(AsyncSocket):  # type: ignore[misc]  # the library is untyped
    """python-engineio's socket: on WebSocket it writes frames, on polling it fills its queue."""

    # The library's own attributes. Its constructor would give every idle WebSocket a queue and a
    # dict; these are their values until they change (tests/hub/engine/test_hooks.py).
    connected = True
    upgrading = False
    upgraded = False
    closing = False
    closed = False
    last_ping = None
    queue: Any = None

    consumer: Consumer
    websocket: WebSocket | None = None
    poll_waiting = False
    parting = False
    """Closed with words that the next poll still fetches."""
    ended_by: str | None = None
    """Why it is closed."""
    _blocked = False
    _awaiting_pong = False
    _strays = 0
    _bad_packets = 0
    _queued_bytes = 0
    _latest: dict[str, EncodedEvent] | None = None
    _relief: asyncio.Event | None = None
    """Set whenever somebody in `drained` should look again."""

    def __init__(self, engine: "Engine", sid: str, address: str, *, packed: bool) -> None:
        self.server = engine.eio
        self.engine = engine
        self.limits: Limits = engine.limits
        self.sid = sid
        self.address = address
        self.packed = packed
        """Whether the client uses socket.io-msgpack-parser."""
        self._due_s = 0.0

    @cached_property
    def session(self) -> dict[str, Any]:
        """The library's place for what its user keeps about a client."""
        return {}

    @property
    def transport(self) -> str:
        """`websocket` or `polling`."""
        return "websocket" if self.upgraded else "polling"

    @property
    def fast_writer(self) -> WebSocket | None:
        """Where frames can be written without a further look: nothing waits there."""
        if self.websocket is None or not self.upgraded or self._blocked or self.closed:
            return None
        return None if self.packed else self.websocket

    # -- what the client sends ------------------------------------------------------------------

    def text(self, payload: bytes) -> None:
        """Takes an Engine.IO text packet."""
        kind = payload[:1]
        if kind == b"4":
            self.consumer.text(payload[1:])
        elif kind == b"3" and self._awaiting_pong:
            self._awaiting_pong = False
            self._schedule_ping()
        elif kind == b"1":
            self.end("client close")
        elif kind in (b"0", b"2", b"3", b"5", b"6"):
            self.stray()
        else:
            self.refuse_packet("no such Engine.IO packet type")

    def stray(self) -> None:
        """Counts a packet that nobody has asked for and nobody answers; beyond a limit, the end."""
        self.engine.counts.stray_packets += 1
        self._strays += 1
        if self._strays > self.limits.stray_packets:
            self.end("protocol_error")

    def refuse_packet(self, why: str) -> None:
        """Answers what is no packet with an `error` event, up to a limit."""
        self.engine.counts.bad_packets += 1
        self._bad_packets += 1
        if self._bad_packets > self.limits.bad_packets:
            self.end("protocol_error")
        else:
            self.take(bad_packet(why))

    def binary(self, payload: bytes) -> None:
        """Takes a binary message."""
        self.consumer.binary(payload)

    def broken(self, payload: bytes) -> None:
        """Ends what a breach of RFC 6455 has ended (`websocket.Owner`)."""
        too_big = payload[:2] == (1009).to_bytes(2, "big")
        self.end("too_big" if too_big else "protocol_error", close_payload=payload)

    def lost(self) -> None:
        """The connection is gone (`websocket.Owner`)."""
        self.end("transport close")

    def blocked(self) -> None:
        """From here on each event is looked at (`websocket.Owner`)."""
        self._blocked = True
        self.consumer.set_writer(None)

    def relieved(self) -> None:
        """The client has caught up: he gets the last of each ephemeral event he missed."""
        self._blocked = False
        latest, self._latest = self._latest, None
        for event in (latest or {}).values():
            self.take(event)
        self.consumer.set_writer(self.fast_writer)
        self._wake()

    # -- what the client gets -------------------------------------------------------------------

    def take(self, event: EncodedEvent) -> None:
        """Sends one packet by whatever transport there is, within the byte bound.

        A congested client's ephemeral events are kept last-wins by key, or dropped; what may not
        be dropped beyond the bound cuts him, to resume by seq. Who is not behind may get one packet
        of any size, such as a page of history.
        """
        if self.closed:
            return
        data = self._frame(event)
        unsent_bytes = self.unsent_bytes
        if event.volatile and self.is_behind:
            self.engine.counts.ephemeral_dropped += 1
        elif event.ephemeral and (
            self._latest is not None or unsent_bytes > self.limits.congested_bytes
        ):
            self._keep_latest(event)
        elif unsent_bytes > self.limits.congested_bytes and (
            unsent_bytes + len(data) > self.limits.unsent_bytes
        ):
            self.engine.counts.slow_consumers += 1
            self.end("slow_consumer")
        elif self.upgraded and self.websocket is not None:
            self.websocket.write(data)
        else:
            self._queued_bytes += len(data)
            self._enqueue(event)

    @property
    def unsent_bytes(self) -> int:
        """What waits for the client."""
        if self.websocket is not None and self.upgraded:
            return self.websocket.unsent_bytes
        return self._queued_bytes

    @property
    def is_behind(self) -> bool:
        """Whether the transport cannot take anything now.

        The kernel's buffers are full, or a polling client has not fetched what it was sent before.
        """
        if self.websocket is not None and self.upgraded:
            return self._latest is not None or self.unsent_bytes > self.limits.volatile_bytes
        return self.upgrading or not self.queue.empty()

    async def drained(self) -> bool:
        """Waits while the client is behind by more than `congested_bytes`; False once it is gone.

        Who has more to send than fits asks before each piece.
        """
        while not self.closed and self.unsent_bytes > self.limits.congested_bytes:
            if self._relief is None:
                self._relief = asyncio.Event()
            self._relief.clear()
            await self._relief.wait()
        return not self.closed

    def _wake(self) -> None:
        if self._relief is not None:
            self._relief.set()

    async def send(self, pkt: Packet) -> None:
        """Sends one Engine.IO packet; the library's own door to a socket."""
        self.put(pkt)

    def put(self, pkt: Packet) -> None:
        """Sends one Engine.IO packet."""
        if self.closed:
            return
        if self.websocket is not None and self.upgraded:
            self.websocket.write(_framed(pkt))
        else:
            self.queue.put_nowait(pkt)

    async def poll(self) -> list[Packet]:
        """What a polling client fetches; waits for the first packet.

        While a WebSocket is being probed everything is kept for it, and the poll is let go.
        """
        if self.upgrading:
            return [Packet(NOOP)]
        packets: list[Packet] = await super().poll()
        self._queued_bytes = 0
        self._wake()
        if len(packets) > 1 and packets[-1].packet_type == CLOSE:
            # A stock client acts on this one before it has heard the others: next poll.
            self.queue.get_nowait()
            self.queue.put_nowait(packets.pop())
            self.queue.put_nowait(None)
            self.parting = True
        elif self.parting:
            self.engine.part(self)
        if self._latest is not None:
            latest, self._latest = self._latest, None
            for event in latest.values():
                self.take(event)
        return packets

    def _frame(self, event: EncodedEvent) -> bytes:
        return event.packed_frame if self.packed else event.frame

    def _enqueue(self, event: EncodedEvent) -> None:
        for packet in event.packed_polled if self.packed else event.polled:
            self.queue.put_nowait(packet)

    def _keep_latest(self, event: EncodedEvent) -> None:
        if self._latest is None:
            self._latest = {}
        latest = self._latest
        if event.key is not None and (event.key in latest or len(latest) < MAX_EPHEMERAL_KEYS):
            latest[event.key] = event
        else:
            self.engine.counts.ephemeral_dropped += 1

    # -- transport ------------------------------------------------------------------------------

    def use_polling(self) -> None:
        """Starts on long-polling."""
        self.queue = asyncio.Queue()

    def use_websocket(self, websocket: WebSocket) -> None:
        """Starts on, or changes over to, a WebSocket; what polling has not fetched goes first."""
        self.websocket = websocket
        websocket.owner = self
        self.upgraded = True
        self.upgrading = False
        waiting, self.queue = self.queue, None
        self._queued_bytes = 0
        self._blocked = websocket.unsent_bytes > 0
        if waiting is not None:
            _drain(waiting, websocket)
            waiting.put_nowait(Packet(NOOP))  # lets a poll go that still waits
        self._wake()
        self.consumer.set_writer(self.fast_writer)

    def part_over(self, websocket: WebSocket) -> None:
        """Says the last words on a WebSocket whose client has stopped polling for it."""
        ending = ENDINGS.get(self.ended_by or "")
        _drain(self.queue, websocket)
        self.engine.part(self)
        websocket.close(frames.close_payload(ending.code if ending else 1000, self.ended_by or ""))

    # -- heartbeat ------------------------------------------------------------------------------

    def start_heartbeat(self) -> None:
        """The first ping comes one interval from now."""
        self._schedule_ping()

    def is_overdue(self, now_s: float) -> bool:
        """Whether a pong should have come by now."""
        return self._awaiting_pong and now_s >= self._due_s

    def schedule_ping(self) -> None:
        """The library's heartbeat is not used: it needs a task per connection."""

    async def check_ping_timeout(self) -> bool:
        """Whether the client is alive, for the library's `send`."""
        return not self.closed

    def _schedule_ping(self) -> None:
        # The wheel is late by up to a tick: early pings keep the end of a silent client in time.
        self._set_due(self.engine.ping_interval_s - 2 * self.engine.wheel.tick_s)

    def _set_due(self, delay_s: float) -> None:
        delay_s = max(0.0, delay_s)
        self._due_s = self.engine.loop.time() + delay_s
        self.engine.wheel.after(delay_s, self._tick)

    def _tick(self) -> None:
        if self.closed or self.engine.loop.time() < self._due_s:
            return
        if self._awaiting_pong:
            self.end("ping timeout")
            return
        self._awaiting_pong = True
        if self.websocket is not None and self.upgraded:
            self.websocket.write(PING_FRAME)
        else:
            self.queue.put_nowait(Packet(PING))
        self._set_due(self.engine.ping_timeout_s)

    # -- the end --------------------------------------------------------------------------------

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """Ends the session; the library's own door to it."""
        self.end(reason or "server disconnect")

    def end(self, reason: str, close_payload: bytes | None = None) -> None:
        """Ends the session once: says why if the client can hear it, and frees its places.

        Args:
            reason: a key of `ENDINGS`, or one of the client's own ways to go.
            close_payload: for the close frame, in place of the ending's code and `reason`.
        """
        if self.closed or self.closing:
            return
        self.closing = True
        self.ended_by = reason
        self.upgrading = False
        ending = ENDINGS.get(reason)
        if ending is not None and not ending.abort:
            self.engine.delivery.flush()
        if self.websocket is not None and self.upgraded:
            self._end_websocket(reason, close_payload)
        elif self.queue is not None:
            self._end_polling(reason)
        self.closed = True
        self._wake()
        self.engine.forget(self)
        self.consumer.ended(reason)

    def _end_websocket(self, reason: str, close_payload: bytes | None) -> None:
        websocket, ending = self.websocket, ENDINGS.get(reason)
        assert websocket is not None
        if ending is not None and ending.abort:
            websocket.abort()
            return
        if ending is not None and not ending.come_back:
            for event in self.consumer.farewell():
                websocket.write(self._frame(event))
        if close_payload is None:
            close_payload = frames.close_payload(ending.code if ending else 1000, reason)
        websocket.close(close_payload)

    def _end_polling(self, reason: str) -> None:
        ending = ENDINGS.get(reason)
        if reason == "client close":
            self.queue.put_nowait(Packet(NOOP))
        elif ending is not None:
            words = () if ending.come_back else self.consumer.farewell()
            for event in words:
                self._enqueue(event)
            self.queue.put_nowait(Packet(CLOSE))
            self.parting = bool(words) or not (self.poll_waiting or reason == "ping timeout")
        self.queue.put_nowait(None)


def _framed(pkt: Packet) -> bytes:
    """A packet of the library as a WebSocket frame."""
    data = pkt.encode()
    if isinstance(data, bytes):
        return frames.frame(frames.BINARY, data)
    return frames.frame(frames.TEXT, data.encode())


def _drain(waiting: "asyncio.Queue[Packet | None]", websocket: WebSocket) -> None:
    """Sends what polling has not fetched, without polling's own packets."""
    while not waiting.empty():
        pkt = waiting.get_nowait()
        if pkt is not None and pkt.packet_type not in (NOOP, CLOSE):
            websocket.write(_framed(pkt))
