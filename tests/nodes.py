"""Web nodes in this process, on real servers and real ports."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct
from msgspec.structs import replace

from api.auth.principals import Authenticator
from api.envelope import failure
from api.tokens import Tokens, hmac_tokens
from hub.chat_socket.door import mount as mount_chat
from hub.co_listening.door import mount as mount_co_listening
from hub.engine import Engine, listen
from hub.node import RECOVERY_S, Node, open_node
from hub.players.opened import PATIENCE, Patience
from hub.players.raw_socket import mount as mount_stream
from hub.sockets import PING_INTERVAL_S, PING_TIMEOUT_S, make_engine
from rooms.access import PlatformRole, Principal
from rooms.errors import HubError
from rooms.feature import Actor, Feature
from rooms.features import FEATURES
from storage.accounts.accounts import Accounts
from storage.accounts.sessions import Sessions
from storage.backends import Backends, Pool, open_backends
from storage.objects.objects import FolderSpec
from tests.eventually import eventually
from tests.people import fresh_id, new_user

_GIVE_ROLE = "UPDATE users SET role = $2::text::user_role WHERE id = $1"
PING_S = (PING_INTERVAL_S, PING_TIMEOUT_S)
SECRET = "a secret of this test run, long enough for HS256"


class RunningNode(Struct, frozen=True):
    """A node that listens."""

    node: Node
    url: str
    engine: Engine


class People:
    """Makes accounts with access tokens."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sessions = Sessions(pool)
        self._tokens = tokens()

    async def sign_in(
        self, name: str, role: PlatformRole = "user", *, age_s: int = 0
    ) -> tuple[Actor, str]:
        """A new account and an access token of it, made `age_s` ago."""
        actor = await new_user(self._pool, name)
        await self._pool.execute(_GIVE_ROLE, actor.user_id, role)
        principal = await self._principal(actor, role)
        return actor, self._tokens.issue_access(principal, 0, int(time.time()) - age_s).token

    async def guest(self, name: str, room_id: str, invite_token: str) -> tuple[Actor, str]:
        """Somebody without an account whom an invitation may let into a room; he is not in yet."""
        accounts, user_id = Accounts(self._pool), fresh_id()
        await accounts.add_guest(user_id, f"guest_{user_id[-12:]}", name, invite_token)
        await accounts.admit_guest(user_id, room_id)
        actor = Actor(user_id, f"guest_{user_id[-12:]}", name, is_guest=True)
        principal = replace(await self._principal(actor, "guest"), room_id=room_id)
        return actor, self._tokens.issue_access(principal, 0, int(time.time())).token

    async def chat_token(self, actor: Actor, *, age_s: int = 0) -> str:
        """A chat token of somebody, of a sign-in of its own, made `age_s` ago."""
        principal = await self._principal(actor, "user")
        return chat_tokens().issue_access(principal, 0, int(time.time()) - age_s).token

    async def _principal(self, actor: Actor, role: PlatformRole) -> Principal:
        session_id = await self._sessions.open(
            actor.user_id,
            refresh_hash=None,
            lifetime_s=3600,
            ip_address=None,
            user_agent="tests",
        )
        return Principal(
            user_id=actor.user_id,
            session_id=session_id,
            username=actor.username,
            display_name=actor.display_name,
            role=role,
        )


def tokens() -> Tokens:
    """What signs and checks the tokens of tests."""
    return hmac_tokens(SECRET, "veza-api", "veza-platform")


def chat_tokens() -> Tokens:
    """What signs and checks the chat tokens of tests."""
    return hmac_tokens("another secret of this test run, for chat", "veza-api", "veza-chat")


class OpenNode(Protocol):
    """Opens one more node; with `limits` it is as strict as in production."""

    async def __call__(
        self,
        *,
        limits: bool = False,
        recovery_s: float = RECOVERY_S,
        goes_live: bool = False,
        ping_s: tuple[float, float] = PING_S,
        patience: Patience = PATIENCE,
    ) -> RunningNode: ...


@pytest.fixture
async def open_one(
    database_url: str,
    redis_url: str,
    features: tuple[Feature, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[OpenNode]:
    """Opens as many nodes as a test wants, all on the same servers."""
    async with AsyncExitStack() as stack:

        async def open_one(
            *,
            limits: bool = False,
            recovery_s: float = RECOVERY_S,
            goes_live: bool = False,
            ping_s: tuple[float, float] = PING_S,
            patience: Patience = PATIENCE,
        ) -> RunningNode:
            folder = tmp_path_factory.mktemp("objects")
            backends = await stack.enter_async_context(
                open_backends(
                    database_url=database_url, redis_url=redis_url, objects=FolderSpec(folder)
                )
            )
            return await stack.enter_async_context(
                _running(
                    backends,
                    database_url,
                    features,
                    limits,
                    recovery_s,
                    goes_live,
                    ping_s,
                    patience,
                )
            )

        yield open_one


@pytest.fixture
def features() -> tuple[Feature, ...]:
    """What rooms of the test can do."""
    return FEATURES


@pytest.fixture
def people(pool: Pool) -> People:
    return People(pool)


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except HubError as error:
        return failure(error, "test")


@asynccontextmanager
async def _running(
    backends: Backends,
    database_url: str,
    features: tuple[Feature, ...],
    limits: bool,
    recovery_s: float,
    goes_live: bool,
    ping_s: tuple[float, float],
    patience: Patience,
) -> AsyncIterator[RunningNode]:
    authenticator = Authenticator(tokens(), Sessions(backends.pool))
    async with open_node(
        backends,
        database_url=database_url,
        authenticator=authenticator,
        limits=limits,
        public_url="https://hub.example.org",
        features=features,
        recovery_s=recovery_s,
        goes_live=goes_live,
        patience=patience,
    ) as node:
        app = web.Application(middlewares=[_answer_errors])
        engine = make_engine(
            node.door,
            node.fanout.delivery,
            allowed_origins=(),
            limits=limits,
            ping_interval_s=ping_s[0],
            ping_timeout_s=ping_s[1],
        )
        for path in engine.paths:
            app.router.add_route("*", path, engine.handle_http)
        mount_stream(app, node)
        mount_chat(app, node, chat_tokens())
        mount_co_listening(app, node, authenticator)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        assert runner.server is not None
        await eventually(lambda: node.bus.connected)
        try:
            async with engine:
                server = await listen(engine, runner.server, "127.0.0.1", 0)
                port = server.sockets[0].getsockname()[1]
                yield RunningNode(node, f"http://127.0.0.1:{port}", engine)
                server.close()
        finally:
            await runner.cleanup()
