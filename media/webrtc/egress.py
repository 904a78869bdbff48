"""The door for listeners who cannot wait: WHEP (draft-ietf-wish-whep), one peer connection each.

A sound is heard some 0.2 s after it was made, where HLS takes 1.5 to 2 s; for that, each listener
costs the ingest process 0.3 % of a core. So there is a bound, and who is refused plays HLS.

POST makes a session and answers with SDP, PATCH takes candidates (and makes no use of them), DELETE
ends it. A listener who loses his right to be in the room is cut off within 2 s.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from media.live.on_air import OnAir
from media.live.opus_feed import Ear, OpusFeed
from media.live.publisher import PeerGone
from media.webrtc.listener_peer import ListenerPeer, open_listener
from media.webrtc.sdp_bodies import FRAGMENT_TYPE, OFFER_TYPE, read_body
from media.webrtc.session import Session, options
from media.webrtc.whip_sdp import checked_fragment, checked_offer
from rooms.access import Principal
from rooms.errors import Conflict, NotFound, Unavailable
from rooms.ids import UUID_PATTERN
from storage.live.live import LiveRow, Lives

log = logging.getLogger(__name__)

WhoHears = Callable[[str | None], Awaitable[Principal | None]]
"""`await who(token)`: whose access token it is; None: a stranger. Raises HubError."""
MayHear = Callable[[str, Principal | None], Awaitable[bool]]
"""`await may_hear(room_id, principal)`: whether he may hear the room's broadcasts, still."""

MAX_LISTENERS = 150
"""Of one process: half a core."""
MAX_OF_USER = 8
ASK_AGAIN_S = 1.0
"""A banned listener hears up to this much more, and what the asking takes."""
ASKED_AT_ONCE = 25


class _Listener:
    """A listener who was answered."""

    def __init__(
        self,
        session: Session,
        live: LiveRow,
        principal: Principal | None,
        ear: Ear,
        peer: ListenerPeer,
    ) -> None:
        self.session = session
        self.live = live
        self.principal = principal
        self.ear = ear
        self.peer = peer


class Egress:
    """Handlers of /whep. Open it with `open_egress`."""

    def __init__(self, lives: Lives, on_air: OnAir, who: WhoHears, may_hear: MayHear) -> None:
        self._lives = lives
        self._on_air = on_air
        self._who = who
        self._may_hear = may_hear
        self._listeners: dict[str, _Listener] = {}
        self._answering = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/whep/{live_id}", self.listen)
        app.router.add_route("OPTIONS", "/whep/{live_id}", options)
        app.router.add_patch("/whep/{live_id}/{session}", self.trickle)
        app.router.add_delete("/whep/{live_id}/{session}", self.leave)

    async def listen(self, request: web.Request) -> web.Response:
        """An offer: 201 with the answer.

        Raises:
            NotFound: there is no such broadcast, or it is in a room that he may not enter.
            Conflict: NOT_ON_AIR, nobody publishes.
            HubError: Unauthenticated, Invalid, TooLarge, BUSY (503): see the module.
        """
        principal = await self._who(_token(request))
        live = await self._live(request, principal)
        offer = checked_offer(await read_body(request, OFFER_TYPE), hears=True)
        feed = self._on_air.feed(live.id)
        if feed is None:
            raise Conflict("This broadcast is not on air.", "NOT_ON_AIR")
        self._make_room(principal)
        ear = feed.attach()
        self._answering += 1
        try:
            peer = await open_listener(offer, ear)
        except BaseException:
            feed.detach(ear)
            raise
        finally:
            self._answering -= 1
        session = Session(offer.ufrag)
        listener = _Listener(session, live, principal, ear, peer)
        self._listeners[session.id] = listener
        task = asyncio.create_task(self._run(listener, feed), name="whep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return session.created(f"/whep/{live.id}", peer.answer)

    async def trickle(self, request: web.Request) -> web.Response:
        """Candidates: 204. They are not needed, for a listener calls by himself."""
        session = self._listener(request).session
        body = await read_body(request, FRAGMENT_TYPE)
        session.add_candidates(checked_fragment(body, session.ufrag))
        return web.Response(status=204)

    async def leave(self, request: web.Request) -> web.Response:
        """The listener goes: 200."""
        listener = self._listener(request)
        del self._listeners[listener.session.id]
        await listener.peer.close()
        return web.Response(status=200)

    async def watch(self) -> None:
        """Cuts off who may not hear any more; runs for ever, owned by `open_egress`."""
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            try:
                everybody = list(self._listeners.values())
                for first in range(0, len(everybody), ASKED_AT_ONCE):
                    async with asyncio.TaskGroup() as tasks:
                        for listener in everybody[first : first + ASKED_AT_ONCE]:
                            tasks.create_task(self._cut_off_unless_allowed(listener))
            except* Unavailable:
                log.info("whep.unchecked")

    async def close(self) -> None:
        """Ends all sessions."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _cut_off_unless_allowed(self, listener: _Listener) -> None:
        if not await self._may_hear(listener.live.room_id, listener.principal):
            log.info("whep.cut_off", extra={"live_id": listener.live.id})
            await listener.peer.close()

    async def _run(self, listener: _Listener, feed: OpusFeed) -> None:
        """Until he has left or the broadcast is over."""
        try:
            await listener.peer.connected()
            async with asyncio.TaskGroup() as tasks:
                ends = [
                    tasks.create_task(event.wait())
                    for event in (listener.peer.gone, listener.ear.over)
                ]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for end in ends:
                    end.cancel()
        except PeerGone:
            log.info("whep.listener_gone", extra={"live_id": listener.live.id})
        finally:
            self._listeners.pop(listener.session.id, None)
            feed.detach(listener.ear)
            await listener.peer.close()

    async def _live(self, request: web.Request, principal: Principal | None) -> LiveRow:
        live_id = request.match_info["live_id"].lower()
        live = await self._lives.find(live_id) if re.fullmatch(UUID_PATTERN, live_id) else None
        if live is None or not await self._may_hear(live.room_id, principal):
            raise NotFound("There is no such broadcast.")
        return live

    def _listener(self, request: web.Request) -> _Listener:
        """By its address alone, which is a secret of whoever made it."""
        listener = self._listeners.get(request.match_info["session"])
        if listener is None or listener.live.id != request.match_info["live_id"].lower():
            raise NotFound("There is no such session.")
        return listener

    def _make_room(self, principal: Principal | None) -> None:
        if principal is not None:
            known = [each.principal for each in self._listeners.values() if each.principal]
            own = sum(each.user_id == principal.user_id for each in known)
            if own >= MAX_OF_USER:
                raise Conflict("You listen too often at once.", "TOO_MANY_SESSIONS", status=429)
        if len(self._listeners) + self._answering >= MAX_LISTENERS:
            raise Unavailable("No more can listen this way. Play its HLS.", "BUSY")


@asynccontextmanager
async def open_egress(
    lives: Lives, on_air: OnAir, who: WhoHears, may_hear: MayHear
) -> AsyncIterator[Egress]:
    """The door, while the block lasts."""
    egress = Egress(lives, on_air, who, may_hear)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(egress.watch(), name="whep-watch")
        try:
            yield egress
        finally:
            watching.cancel()
            await egress.close()


def _token(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
