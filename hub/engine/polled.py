"""Packets of a polling client whose transport is a WebSocket by now."""

import asyncio

from hub.engine import frames
from hub.engine.hooks import CLOSE, NOOP, Packet
from hub.engine.websocket import WebSocket


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
