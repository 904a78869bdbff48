"""An engine on a port of its own, on both event loops the product may run on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvloop
from aiohttp import ClientSession, web

from hub.engine import Accept, Engine, Handlers, Limits, Link, Refuse, event, listen
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import Wire, open_wire


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every async test here runs on both."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Hub:
    """What a test sees of the engine's other side."""

    def __init__(self) -> None:
        self.engine: Engine
        self.port = 0
        self.links: list[Link] = []
        self.heard: list[tuple[str, list[Any], int | None]] = []
        self.gone: asyncio.Queue[str] = asyncio.Queue()
        self.auths: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/socket.io/"

    def on_connect(self, link: Link, auth: dict[str, Any]) -> Accept | Refuse:
        self.auths.append(auth)
        if auth.get("refuse"):
            return Refuse({"message": "Not you.", "code": "FORBIDDEN"})
        self.links.append(link)
        self.engine.join(link, "all")
        return Accept()

    def on_event(
        self, link: Link, name: str, args: list[Any], ack_id: int | None
    ) -> Coroutine[Any, Any, None] | None:
        self.heard.append((name, args, ack_id))
        if name == "join":
            self.engine.join(link, args[0])
        elif name == "leave":
            self.engine.leave(link, args[0])
        elif name == "publish":
            self.engine.broadcast(args[0], event("published", *args[1:]))
            return None
        elif name == "broken":
            raise RuntimeError("on purpose")
        elif name == "broken later":
            return self.fail()
        if ack_id is not None:
            link.ack(ack_id, {"ok": True})
        else:
            link.send(event("echo", *args))
        return None

    async def fail(self) -> None:
        raise RuntimeError("on purpose")

    def on_disconnect(self, link: Link, reason: str) -> None:
        self.gone.put_nowait(reason)

    async def wire(self) -> Wire:
        """A client that is connected and in the room `all`."""
        wire = await open_wire(self.port)
        await wire.connect()
        return wire

    async def next_gone(self) -> str:
        async with asyncio.timeout(5):
            return await self.gone.get()


@asynccontextmanager
async def running_hub(*, keepalive_s: float = 75.0, **options: Any) -> AsyncIterator[Hub]:
    hub = Hub()
    handlers = Handlers(hub.on_connect, hub.on_event, hub.on_disconnect)
    settings: dict[str, Any] = {
        "namespaces": {"/": handlers, "/other": handlers},
        "origins": ["http://good.example"],
        "limits": Limits(events_per_s=None),
    } | options
    async with Engine(**settings) as hub.engine:
        app = web.Application()
        for path in hub.engine.paths:
            app.router.add_route("*", path, hub.engine.handle_http)
        app.router.add_get("/hello", _hello)
        app.router.add_post("/hello", _hello)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=keepalive_s)
        await runner.setup()
        server = await listen(hub.engine, runner.server, "127.0.0.1", 0)  # type: ignore[arg-type]
        hub.port = server.sockets[0].getsockname()[1]
        try:
            yield hub
        finally:
            server.close()
            await runner.cleanup()


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text="hello " + await request.text())


MakeHub = Callable[..., Coroutine[Any, Any, Hub]]


@pytest.fixture
async def make_hub() -> AsyncIterator[MakeHub]:
    """Starts hubs with options of the engine; all end with the test."""
    async with AsyncExitStack() as running:

        async def start(**options: Any) -> Hub:
            return await running.enter_async_context(running_hub(**options))

        yield start


@pytest.fixture
async def hub(make_hub: MakeHub) -> Hub:
    """An engine with the product's limits."""
    return await make_hub()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """As a browser's; a client in Python says so and is treated as one (`polled.most_polled`)."""
    async with ClientSession(headers={"User-Agent": "Mozilla/5.0"}) as session:
        yield session


@pytest.fixture
def poller(http: ClientSession, hub: Hub) -> Poller:
    return Poller(http, hub)
