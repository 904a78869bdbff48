"""A WebSocket that a polling session tries out, until it takes over or goes away."""

from typing import TYPE_CHECKING

from hub.engine import frames, last_words
from hub.engine.hooks import NOOP, Packet
from hub.engine.websocket import WebSocket

if TYPE_CHECKING:
    from hub.engine.engine import Engine
    from hub.engine.session import Session

_PONG_PROBE = frames.frame(frames.TEXT, b"3probe")


class Probe:
    """Owner of the WebSocket during an upgrade (`websocket.Owner`).

    The client sends `2probe`, is answered `3probe`, lets its poll end, and sends `5`. Meanwhile
    everything for it waits in the session's queue. Whatever else happens, polling goes on.
    """

    def __init__(self, engine: "Engine", session: "Session", websocket: WebSocket) -> None:
        self._session = session
        self._websocket = websocket
        self._probed = False
        engine.wheel.after(engine.limits.upgrade_within_s, self._expire)

    def text(self, payload: bytes) -> None:
        session = self._session
        if session.closed:
            if payload == b"5" and session.parting:
                last_words.on_probe(session, self._websocket)
            else:
                self._fail()
        elif payload == b"2probe" and not self._probed and not session.upgrading:
            self._probed = session.upgrading = True
            self._websocket.write(_PONG_PROBE)
            if session.poll_waiting:
                session.queue.put_nowait(Packet(NOOP))
        elif payload == b"5" and self._probed:
            session.use_websocket(self._websocket)
        else:
            self._fail()

    def binary(self, payload: bytes) -> None:
        self._fail()

    def broken(self, payload: bytes) -> None:
        self.lost()

    def lost(self) -> None:
        if self._probed:
            self._probed = False  # another probe may be under way by the time that this one expires
            self._session.upgrading = False

    def blocked(self) -> None:
        """Nothing is written here that could pile up."""

    def relieved(self) -> None:
        """See `blocked`."""

    def _fail(self) -> None:
        self._websocket.close(frames.close_payload(1002, "unexpected packet"))
        self.lost()

    def _expire(self) -> None:
        if self._websocket.owner is self:
            self._fail()
