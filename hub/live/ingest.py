"""Going live, wired: who may publish, what rooms are told, and the recording at the end."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from msgspec import Struct

from api.envelope import answer_errors
from hub.access import may_enter
from hub.live.rtmp import RtmpCalls
from hub.timers import SYSTEM
from media.live.on_air import Word, open_on_air
from media.live.publisher import Credential, MayPublish
from media.live.recording import Recorder
from media.rtmp.pulls import open_pulls
from media.webrtc.egress import Egress, open_egress
from media.webrtc.ingest import Ingest, open_ingest
from rooms.access import Principal
from rooms.errors import HubError, Unauthenticated
from rooms.features import FEATURES
from rooms.live.commands import Connected, Lost, Recorded
from rooms.live.state import LiveState
from storage.accounts.accounts import Accounts
from storage.accounts.sessions import Sessions
from storage.backends import Backends, Pool
from storage.commit import Committer
from storage.live.live import LiveRow, Lives, StreamKeys
from storage.live.recordings import EndedLive, Recordings
from storage.rooms import rooms

log = logging.getLogger(__name__)

KEY_PREFIX = "live_"
_OP_NAMESPACE = uuid.UUID("6f1c9d1e-7a2b-4c5d-9e8f-000000000002")

Authenticate = Callable[[str], Awaitable[Principal]]


class RtmpServer(Struct, frozen=True):
    """The RTMP server in front, as far as the hub knows it."""

    secret: str
    """What web nodes prove themselves with, as the server does to them."""
    pull_url: str
    """With `{key}` in the place of a stream key."""


class Studio(Struct, frozen=True):
    """The doors for publishers, and that for listeners who are in a hurry."""

    whip: Ingest
    whep: Egress
    rtmp: RtmpCalls | None


@asynccontextmanager
async def open_studio(
    backends: Backends,
    committer: Committer,
    authenticate: Authenticate,
    drain_s: float,
    rtmp_server: RtmpServer | None = None,
) -> AsyncIterator[Studio]:
    """The doors for publishers, their broadcasts and the recorder, while the block lasts."""
    lives = Lives(backends.pool)
    keys = StreamKeys(backends.pool)
    rooms_told = _Rooms(committer)
    await _forget_the_dead(backends.pool, lives, rooms_told)
    who = _who_publishes(keys, authenticate)
    async with (
        asyncio.TaskGroup() as tasks,
        open_on_air(
            lives, backends.objects, rooms_told.tell, _may_publish(backends.pool, keys), drain_s
        ) as on_air,
        open_ingest(lives, on_air, who) as ingest,
        open_egress(lives, on_air, _who_hears(authenticate), _may_hear(backends.pool)) as egress,
        AsyncExitStack() as pulling,
    ):
        recorder = Recorder(
            Recordings(backends.pool), backends.objects, on_air.is_made, rooms_told.announce
        )
        recording = tasks.create_task(recorder.run(), name="recorder")
        rtmp = None
        if rtmp_server is not None:
            # Pulls end before their broadcasts do, as publishers of the other kind do.
            pulls = await pulling.enter_async_context(
                open_pulls(lives, on_air, rtmp_server.pull_url)
            )
            accounts = Accounts(backends.pool)
            rtmp = RtmpCalls(rtmp_server.secret, pulls, lives, keys, accounts, committer)
        try:
            yield Studio(ingest, egress, rtmp)
        finally:
            recording.cancel()


def build_studio(studio: Studio) -> web.Application:
    """What the process serves: WHIP, WHEP and RTMP for the web nodes, and whether it lives."""
    app = web.Application(middlewares=[answer_errors])
    studio.whip.mount(app)
    studio.whep.mount(app)
    if studio.rtmp is not None:
        studio.rtmp.mount(app)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _alive)
    return app


class _Rooms:
    """Tells rooms what became of their broadcasts; saying it twice is saying it once."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer

    async def tell(self, word: Word, live: LiveRow, publication: int) -> None:
        kind = Connected if word == "connected" else Lost
        payload = kind(room_id=live.room_id, live_id=live.id, publication=publication)
        await self._submit(f"live:{word}", payload, live.room_id, f"{live.id}/{word}/{publication}")

    async def announce(self, live: EndedLive, track_id: str) -> None:
        payload = Recorded(room_id=live.room_id, live_id=live.id, track_id=track_id)
        await self._submit("live:recorded", payload, live.room_id, f"{live.id}/recorded")

    async def _submit(self, command: str, payload: Struct, room_id: str, op: str) -> None:
        await self._committer.submit(
            command,
            payload,
            room_id=room_id,
            actor=SYSTEM,
            op_id=str(uuid.uuid5(_OP_NAMESPACE, op)),
        )


async def _forget_the_dead(pool: Pool, lives: Lives, told: _Rooms) -> None:
    """Broadcasts that an ingest process left on air when it died have lost their publishers."""
    for live in await lives.left_on_air():
        state = (await rooms.slices(pool, live.room_id, FEATURES))["live"]
        broadcast = state.find(live.id) if isinstance(state, LiveState) else None
        if broadcast is None or broadcast.status != "live":
            continue
        try:
            await told.tell("lost", live, broadcast.publication)
        except HubError as error:
            log.warning("ingest.untold", extra={"live_id": live.id, "code": error.code})


def _who_publishes(
    keys: StreamKeys, authenticate: Authenticate
) -> Callable[[str], Awaitable[Credential]]:
    async def who(bearer: str) -> Credential:
        if not bearer.startswith(KEY_PREFIX):
            principal = await authenticate(bearer)
            return Credential(principal.user_id, session_id=principal.session_id)
        user_id = await keys.owner(bearer)
        if user_id is None:
            raise Unauthenticated("This stream key is not valid any more.")
        return Credential(user_id, key=bearer)

    return who


def _may_publish(pool: Pool, keys: StreamKeys) -> MayPublish:
    """Whoever was signed out, put out of the room, or has another key by now may not."""
    sessions = Sessions(pool)

    async def ask(live: LiveRow, credential: Credential) -> bool:
        if credential.session_id is not None and not await sessions.is_alive(credential.session_id):
            return False
        if credential.key is not None and await keys.owner(credential.key) != live.user_id:
            return False
        entry = await rooms.entry(pool, live.room_id, live.user_id)
        return entry is not None and entry.state == "joined"

    return ask


def _who_hears(authenticate: Authenticate) -> Callable[[str | None], Awaitable[Principal | None]]:
    async def who(token: str | None) -> Principal | None:
        return None if token is None else await authenticate(token)

    return who


def _may_hear(pool: Pool) -> Callable[[str, Principal | None], Awaitable[bool]]:
    """Asked again and again: whoever was signed out or banned meanwhile may not."""
    enter = may_enter(pool)
    sessions = Sessions(pool)

    async def ask(room_id: str, principal: Principal | None) -> bool:
        if principal is not None and not await sessions.is_alive(principal.session_id):
            return False
        return await enter(room_id, principal)

    return ask


async def _alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
