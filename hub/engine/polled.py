"""What a polling client is sent: so much in one answer, and the rest once it has a WebSocket."""

import asyncio
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

from hub.engine import frames
from hub.engine.hooks import CLOSE, NOOP, Packet
from hub.engine.websocket import WebSocket

if TYPE_CHECKING:
    from hub.engine.session import Session

_PYTHON_MOST = 16
_ANSWER_BYTES = 262_144
"""In one answer, unless its first packet is larger: a quarter of what may wait for a client."""


def most_polled(user_agent: str) -> int | None:
    """How many packets a client takes in one answer, None for any number.

    python-engineio's client breaks off at more than 16 (its `Payload.max_decode_packets`); aiohttp
    and requests, by which it polls, say `Python/…` and `python-requests/…`. Others get all: every
    answer costs a stock client far away a round trip.
    """
    return _PYTHON_MOST if user_agent.lower().startswith("python") else None


def keep_rest(packets: list[Packet], session: "Session") -> int:
    """Puts what is too much for one answer back, into the queue that was emptied for it.

    Packets in the queue are those of everybody who hears them; an answer is the client's own, and
    stays as long as he does not read it.

    Returns:
        How many bytes wait for the next poll.
    """
    most = session.most_polled or len(packets)
    if len(packets) <= most and session.unsent_bytes <= _ANSWER_BYTES:
        return 0
    sizes = [len(pkt.encode(b64=True)) for pkt in packets]
    ends = takewhile(lambda end: end <= _ANSWER_BYTES, accumulate(sizes[:most]))
    taken = max(1, sum(1 for _ in ends))
    for pkt in packets[taken:]:
        session.queue.put_nowait(pkt)
    del packets[taken:]
    return sum(sizes[taken:])


def as_frame(pkt: Packet) -> bytes:
    """A packet of the library as a WebSocket frame."""
    data = pkt.encode()
    if isinstance(data, bytes):
        return frames.frame(frames.BINARY, data)
    return frames.frame(frames.TEXT, data.encode())


def move_over(waiting: "asyncio.Queue[Packet | None]", websocket: WebSocket) -> None:
    """Sends what polling has not fetched, without polling's own packets."""
    while not waiting.empty():
        pkt = waiting.get_nowait()
        if pkt is not None and pkt.packet_type not in (NOOP, CLOSE):
            websocket.write(as_frame(pkt))
