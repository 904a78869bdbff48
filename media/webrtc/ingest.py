"""The door for publishers: WHIP (RFC 9725), one peer connection each.

POST makes a session and answers with SDP, PATCH takes candidates (and makes no use of them, see
whip_sdp.py), DELETE ends it. Whose stream key or access token comes along decides; of a
session that is another's nobody is told anything. Who loses the right to publish is cut off.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from media.live.on_air import OnAir
from media.live.publisher import Credential
from media.webrtc.ice import CONNECT_WITHIN_S
from media.webrtc.peer import Peer, open_peer
from media.webrtc.sdp_bodies import FRAGMENT_TYPE, OFFER_TYPE, read_body
from media.webrtc.session import Session, options
from media.webrtc.whip_sdp import checked_fragment, checked_offer
from rooms.errors import Conflict, Forbidden, HubError, Invalid, NotFound, Unauthenticated
from rooms.ids import UUID_PATTERN
from storage.live.live import LiveRow, Lives

log = logging.getLogger(__name__)

WhoPublishes = Callable[[str], Awaitable[Credential]]
"""`await who(bearer)`: whose stream key or access token it is; raises HubError."""

MAX_SESSIONS = 200
"""Of one process; each costs some 3 % of a core."""
MAX_SESSIONS_OF_USER = 4


class _Publisher:
    """A publisher who was answered."""

    def __init__(self, session: Session, live: LiveRow, credential: Credential, peer: Peer) -> None:
        self.session = session
        self.live = live
        self.credential = credential
        self.peer = peer


class Ingest:
    """Handlers of /whip. Open it with `open_ingest`."""

    def __init__(
        self, lives: Lives, on_air: OnAir, who: WhoPublishes, connect_within_s: float
    ) -> None:
        self._connect_within_s = connect_within_s
        self._lives = lives
        self._on_air = on_air
        self._who = who
        self._publishers: dict[str, _Publisher] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/whip/{live_id}", self.publish)
        app.router.add_route("OPTIONS", "/whip/{live_id}", options)
        app.router.add_patch("/whip/{live_id}/{session}", self.trickle)
        app.router.add_delete("/whip/{live_id}/{session}", self.leave)

    async def publish(self, request: web.Request) -> web.Response:
        """An offer: 201 with the answer.

        Raises:
            Unauthenticated, NotFound, Conflict, Invalid, TooLarge, HubError: see the module.
            Forbidden: he is not in the room of his broadcast any more.
        """
        credential = await self._caller(request)
        user_id = credential.user_id
        live = await self._live(request, user_id)
        if not await self._on_air.may_publish(live, credential):
            raise Forbidden("You are not in the room of this broadcast any more.")
        offer = checked_offer(await read_body(request, OFFER_TYPE))
        self._make_room(user_id)
        number = await self._lives.next_publication(live.id)
        peer = await open_peer(offer, self._connect_within_s)
        session = Session(offer.ufrag, offer.candidates)
        publisher = _Publisher(session, live, credential, peer)
        self._publishers[session.id] = publisher
        task = asyncio.create_task(self._run(publisher, number), name=f"whip-{session.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        log.info("whip.answered", extra={"live_id": live.id, "publication": number})
        return session.created(f"/whip/{live.id}", peer.answer)

    async def trickle(self, request: web.Request) -> web.Response:
        """Candidates: 204. They are not needed, for a publisher calls by himself."""
        session = (await self._publisher(request)).session
        body = await read_body(request, FRAGMENT_TYPE)
        given = request.headers.get("If-Match")
        if given is None:
            raise Invalid("Send If-Match.", "PRECONDITION_REQUIRED", status=428)
        count = checked_fragment(body, session.ufrag)
        if given not in (session.etag, "*"):
            raise Conflict("This is not the current session.", "PRECONDITION_FAILED", status=412)
        session.add_candidates(count)
        return web.Response(status=204)

    async def leave(self, request: web.Request) -> web.Response:
        """The publisher stops: 200. Listeners wait for him as long as the grace lasts."""
        publisher = await self._publisher(request)
        del self._publishers[publisher.session.id]
        await publisher.peer.close()
        return web.Response(status=200)

    async def close(self) -> None:
        """Ends all sessions."""
        for publisher in list(self._publishers.values()):
            await publisher.peer.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, publisher: _Publisher, number: int) -> None:
        try:
            await self._on_air.publish(publisher.live, number, publisher.peer, publisher.credential)
        except HubError:
            log.warning("whip.session_failed", exc_info=True)
        finally:
            self._publishers.pop(publisher.session.id, None)

    async def _caller(self, request: web.Request) -> Credential:
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credential.strip():
            raise Unauthenticated("Send the stream key as a bearer token.")
        return await self._who(credential.strip())

    async def _live(self, request: web.Request, user_id: str) -> LiveRow:
        live_id = request.match_info["live_id"].lower()
        live = await self._lives.find(live_id) if re.fullmatch(UUID_PATTERN, live_id) else None
        if live is None or live.user_id != user_id:
            raise NotFound("You have no such broadcast.")
        if live.status == "ended":
            raise Conflict("This broadcast is over.")
        return live

    async def _publisher(self, request: web.Request) -> _Publisher:
        user_id = (await self._caller(request)).user_id
        publisher = self._publishers.get(request.match_info["session"])
        live_id = request.match_info["live_id"].lower()
        if publisher is None or (publisher.live.user_id, publisher.live.id) != (user_id, live_id):
            raise NotFound("You have no such session.")
        return publisher

    def _make_room(self, user_id: str) -> None:
        own = sum(each.live.user_id == user_id for each in self._publishers.values())
        if own >= MAX_SESSIONS_OF_USER:
            raise Conflict("You publish too often at once.", "TOO_MANY_SESSIONS", status=429)
        if len(self._publishers) >= MAX_SESSIONS:
            raise HubError("No more publishers can be taken.", "BUSY", status=503)


@asynccontextmanager
async def open_ingest(
    lives: Lives, on_air: OnAir, who: WhoPublishes, connect_within_s: float = CONNECT_WITHIN_S
) -> AsyncIterator[Ingest]:
    """The door, while the block lasts; who was answered and does not call in time is let go of."""
    ingest = Ingest(lives, on_air, who, connect_within_s)
    try:
        yield ingest
    finally:
        await ingest.close()
