"""A session's heartbeat: a ping, a pong within its time, and a pause until the next."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hub.engine import frames
from hub.engine.hooks import PING, AsyncSocket, Packet

if TYPE_CHECKING:
    from hub.engine.engine import Engine
    from hub.engine.websocket import WebSocket

_PING_FRAME = frames.frame(frames.TEXT, b"2")


class Heartbeat(AsyncSocket):  # type: ignore[misc]  # the library is untyped
    """What of a session keeps asking whether the client is there. All by the engine's one wheel."""

    engine: "Engine"
    websocket: "WebSocket | None"
    upgraded: bool
    closed: bool
    queue: Any
    end: Callable[..., None]

    _awaiting_pong = False
    _due_s = 0.0

    def start_heartbeat(self) -> None:
        """The first ping comes between half an interval and one from now.

        Those who came in one moment, after the death of a node, are not pinged in one moment ever
        after: 1,000 pings at once held everybody's events for 20 ms.
        """
        interval_s = self.engine.ping_interval_s
        self._set_due(interval_s * random.uniform(0.5, 1.0) - 2 * self.engine.wheel.tick_s)  # noqa: S311

    def is_overdue(self, now_s: float) -> bool:
        """Whether a pong should have come by now."""
        return self._awaiting_pong and now_s >= self._due_s

    def pong(self) -> bool:
        """Takes a pong; False for one that nobody has asked for."""
        if not self._awaiting_pong:
            return False
        self._awaiting_pong = False
        self._schedule_ping()
        return True

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
            self.websocket.write(_PING_FRAME)
        else:
            self.queue.put_nowait(Packet(PING))
        self._set_due(self.engine.ping_timeout_s)
