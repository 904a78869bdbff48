"""What a session that ends still says to its client, by either transport."""

from typing import TYPE_CHECKING

from hub.engine import frames
from hub.engine.endings import ENDINGS
from hub.engine.hooks import CLOSE, NOOP, Packet
from hub.engine.polled import move_over
from hub.engine.websocket import WebSocket

if TYPE_CHECKING:
    from hub.engine.session import Session


def on_websocket(
    session: "Session", websocket: WebSocket, reason: str, close_payload: bytes | None
) -> None:
    """Says goodbye and closes, or cuts the connection when its ending says so."""
    ending = ENDINGS.get(reason)
    if ending is not None and ending.abort:
        websocket.abort()
        return
    if ending is not None and not ending.come_back:
        for event in session.consumer.farewell():
            websocket.write(session.frame_of(event))
    if close_payload is None:
        close_payload = frames.close_payload(ending.code if ending else 1000, reason)
    websocket.close(close_payload)


def on_polling(session: "Session", reason: str) -> None:
    """Leaves the goodbye where the next poll finds it."""
    ending = ENDINGS.get(reason)
    if ending is not None and ending.abort:
        while not session.queue.empty():  # it has fallen behind: the backlog is dropped
            session.queue.get_nowait()
    if reason == "client close":
        session.queue.put_nowait(Packet(NOOP))
    elif ending is not None:
        words = () if ending.come_back else session.consumer.farewell()
        for event in words:
            session.enqueue(event)
        session.queue.put_nowait(Packet(CLOSE))
        session.parting = bool(words) or not (session.poll_waiting or reason == "ping timeout")
    session.queue.put_nowait(None)


def on_probe(session: "Session", websocket: WebSocket) -> None:
    """Says it on a WebSocket whose client has stopped polling to come over to it."""
    ending = ENDINGS.get(session.ended_by or "")
    move_over(session.queue, websocket)
    session.engine.part(session)
    websocket.close(frames.close_payload(ending.code if ending else 1000, session.ended_by or ""))
