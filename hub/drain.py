"""How a web node stops: no answer is lost, and everybody comes back elsewhere, spread in time.

From the stop signal on `/readyz` says 503 and no new session is opened (503, so that a stock
client tries again by itself), but the port stays open: long-polling clients fetch their last
answers through it. Every socket hears `server:draining`, and then the sockets take their turns in
random order. Until its turn a socket works as ever; from then on its new calls are refused with
SERVER_DRAINING, what it has asked before is answered, and it is closed with 1012. What a polling
client has yet to fetch is kept until the end. When time runs short, commands that have not been
begun are refused, so that none is done of which nobody is told. At last the port closes and HTTP
requests under way are finished.

A call that is on the wire when its socket is closed is read by nobody, and not done: its sender
asks again elsewhere, under the same id.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from hub.door.door import Door
from hub.door.sessions import Session, Sessions
from hub.engine import Engine

log = logging.getLogger(__name__)

CLOSES_PER_S = 1_000
"""Sockets that are sent away in a second: about what another node takes in."""
SPREAD_S = 3.0
"""With more sockets than fit, they go faster: the node has to end."""
GENTLY_PER_S = 100
GENTLE_S = 2.0
"""As long as it takes no longer than this they go slower: a socket works until its turn comes, and
the fewer come back at once, the sooner each is served, on a busy machine above all."""
CLOSING_S = 1.0
"""Of the time of a drain, kept back from the sockets for requests that end late."""
REFUSE_S = 3.0
"""So long before the sockets' end nothing is begun any more: a commit takes 2 s at most, and then
its answer has to be read."""
TURN_S = 0.02


class Requests:
    """HTTP requests under way; its middleware goes outermost."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()
        self._ending = False

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Counts a request; when the node stops, its connection ends with the answer."""
        self._count += 1
        self._none.clear()
        try:
            response = await handler(request)
            if self._ending and not response.prepared:
                response.force_close()
            return response
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    def end_connections(self) -> None:
        """From here on no connection is kept for a second request."""
        self._ending = True

    async def finished(self, within_s: float) -> int:
        """Waits for those under way; how many there still are."""
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                await self._none.wait()
        except TimeoutError:
            pass
        return self._count


class Drained(Struct, frozen=True):
    """What became of a node's sockets."""

    sockets: int
    unanswered: int
    """Calls whose answers had not come by the deadline."""


def spread_s(sockets: int, within_s: float) -> float:
    """Over how long so many sockets are sent away, when there are `within_s` for all of it."""
    gently_s = min(sockets / GENTLY_PER_S, GENTLE_S)
    quickly_s = min(sockets / CLOSES_PER_S, SPREAD_S)
    return min(max(gently_s, quickly_s), within_s / 2)


async def drain_sockets(
    sessions: Sessions, engine: Engine, refuse_waiting: Callable[[], None], *, within_s: float
) -> Drained:
    """Sends every socket away, each once its calls are answered; takes `within_s` at most."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    waiting = list(sessions)
    random.shuffle(waiting)
    total = len(waiting)
    over_s = spread_s(total, within_s)
    leaving: list[Session] = []
    while (waiting or leaving) and (passed_s := loop.time() - began_s) < within_s:
        share = passed_s / over_s if over_s else 1.0
        for _ in range(min(len(waiting), round(total * share) - (total - len(waiting)))):
            session = waiting.pop()
            session.leaving = True
            leaving.append(session)
        leaving = [session for session in leaving if not _ended(session)]
        if leaving and within_s - passed_s < REFUSE_S:
            refuse_waiting()
        if waiting or leaving:
            await asyncio.sleep(TURN_S)
    unanswered = sum(session.in_flight for session in (*waiting, *leaving))
    await engine.close_all("draining")
    await engine.parted(max(CLOSING_S / 2, within_s - (loop.time() - began_s)))
    return Drained(total, unanswered)


async def drain(
    door: Door,
    sessions: Sessions,
    engine: Engine,
    requests: Requests,
    *,
    tell_streams: Callable[[], Awaitable[None]],
    refuse_waiting: Callable[[], None],
    close_port: Callable[[], None],
    drain_s: float,
    now_ms: int,
) -> None:
    """The whole of it, within `drain_s`.

    Args:
        door: says `server:draining`.
        sessions: the sockets of the node.
        engine: what they run on.
        requests: the HTTP requests.
        tell_streams: ends what is a request without an end (the older raw sockets).
        refuse_waiting: refuses commands that have not been begun.
        close_port: stops listening.
        drain_s: seconds for sockets and requests together.
        now_ms: Unix time.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + drain_s
    door.announce_drain(now_ms + round(drain_s * 1000))
    sockets_s = max(0.0, drain_s - CLOSING_S)
    engine.refuse_new(words_s=sockets_s)
    requests.end_connections()
    await tell_streams()
    drained = await drain_sockets(sessions, engine, refuse_waiting, within_s=sockets_s)
    close_port()
    cut = await requests.finished(until_s - CLOSING_S / 2 - loop.time())
    fields = {"sockets": drained.sockets, "unanswered": drained.unanswered, "requests_cut": cut}
    log.info("drain.done", extra=fields)


def _ended(session: Session) -> bool:
    """Closes a socket that is owed nothing any more; True when it is closed."""
    if session.link.closed:
        return True
    if session.in_flight:
        return False
    session.end("draining")
    return True
