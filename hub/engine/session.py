"""One Engine.IO session: its transport, its byte bound, its end."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.engine import last_words
from hub.engine.consumer import Consumer, bad_packet
from hub.engine.encoded import EncodedEvent
from hub.engine.endings import ENDINGS
from hub.engine.heartbeat import Heartbeat
from hub.engine.hooks import CLOSE, NOOP, Packet
from hub.engine.latest import Latest
from hub.engine.limits import Limits
from hub.engine.polled import as_frame, keep_rest, move_over
from hub.engine.websocket import WebSocket

if TYPE_CHECKING:
    from hub.engine.engine import Engine


class Session(Heartbeat):
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
    answering = False  # the poll has its packets, and its client has yet to read them
    most_polled: int | None = None  # packets that the client takes in one answer
    parting = False
    """Closed with words that the next poll still fetches."""
    ended_by: str | None = None  # why it is closed
    _blocked = False
    _strays = 0
    _bad_packets = 0
    _queued_bytes = 0
    _latest: Latest | None = None
    _relief: asyncio.Event | None = None  # set whenever somebody in `drained` should look again

    def __init__(self, engine: "Engine", sid: str, address: str, *, packed: bool) -> None:
        self.server = engine.eio
        self.engine = engine
        self.limits: Limits = engine.limits
        self.sid = sid
        self.address = address
        self.packed = packed
        """Whether the client uses socket.io-msgpack-parser."""

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
        elif kind == b"3":
            if not self.pong():
                self.stray()
        elif kind == b"1":
            self.end("client close")
        elif kind in (b"0", b"2", b"5", b"6"):
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
        self._catch_up()
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
        data = self.frame_of(event)
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
            self.enqueue(event)

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
            self.websocket.write(as_frame(pkt))
        else:
            self.queue.put_nowait(pkt)

    async def poll(self) -> list[Packet]:
        """What a polling client fetches; waits for the first packet.

        While a WebSocket is being probed everything is kept for it, and the poll is let go.
        """
        if self.upgrading:
            return [Packet(NOOP)]
        packets: list[Packet] = await super().poll()
        self._queued_bytes = 0 if self.closed else keep_rest(packets, self)
        self._wake()
        if len(packets) > 1 and packets[-1].packet_type == CLOSE:
            # A stock client acts on this one before it has heard the others: next poll.
            self.queue.get_nowait()
            self.queue.put_nowait(packets.pop())
            self.queue.put_nowait(None)
            self.parting = True
        elif self.parting:
            self.engine.part(self)
        self._catch_up()
        return packets

    def frame_of(self, event: EncodedEvent) -> bytes:
        """The event for this client's parser."""
        return event.packed_frame if self.packed else event.frame

    def enqueue(self, event: EncodedEvent) -> None:
        """Leaves an event for the next poll."""
        for packet in event.packed_polled if self.packed else event.polled:
            self.queue.put_nowait(packet)

    def _catch_up(self) -> None:
        latest, self._latest = self._latest, None
        for event in latest or ():
            self.take(event)

    def _keep_latest(self, event: EncodedEvent) -> None:
        if self._latest is None:
            self._latest = Latest()
        if not self._latest.keep(event):
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
            move_over(waiting, websocket)
            waiting.put_nowait(Packet(NOOP))  # lets a poll go that still waits
        self._wake()
        self.consumer.set_writer(self.fast_writer)

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
            last_words.on_websocket(self, self.websocket, reason, close_payload)
        elif self.queue is not None:
            last_words.on_polling(self, reason)
        self.closed = True
        self._wake()
        self.engine.forget(self)
        self.consumer.ended(reason)
