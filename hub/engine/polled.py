"""What a polling client is sent: so much in one answer, and the rest once it has a WebSocket."""

import asyncio

from hub.engine import frames
from hub.engine.hooks import CLOSE, NOOP, Packet
from hub.engine.websocket import WebSocket

_PYTHON_MOST = 16


def most_polled(user_agent: str) -> int | None:
    """How many packets a client takes in one answer, None for any number.

    python-engineio's client breaks off at more than 16 (its `Payload.max_decode_packets`); aiohttp
    and requests, by which it polls, say `Python/…` and `python-requests/…`. Others get all: every
    answer costs a stock client far away a round trip.
    """
    return _PYTHON_MOST if user_agent.lower().startswith("python") else None


def keep_rest(packets: list[Packet], waiting: "asyncio.Queue[Packet | None]", most: int) -> int:
    """Puts what is too much for one answer back, into the queue that was emptied for it.

    Returns:
        How many bytes wait for the next poll.
    """
    rest = packets[most:]
    del packets[most:]
    for pkt in rest:
        waiting.put_nowait(pkt)
    return sum(len(pkt.encode(b64=True)) for pkt in rest)


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
