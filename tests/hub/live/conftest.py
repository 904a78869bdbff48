"""A node with the doors for publishers and listeners beside it, and what is on air by HLS."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from api.auth.principals import Authenticator
from hub.access import may_enter
from hub.live.ingest import build_studio, open_studio
from media.live.delivery import mount as mount_live
from storage.accounts.sessions import Sessions
from storage.live.live import Lives
from tests.client import HubClient
from tests.nodes import OpenNode, RunningNode, tokens
from tests.people import fresh_id


class Studio(Struct, frozen=True):
    """A node, and an ingest beside it that delivers what is on air as well, to nobody known."""

    running: RunningNode
    url: str
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(
            method, f"{self.url}{path}", data=body, headers=sent
        ) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def studio(open_one: OpenNode) -> AsyncIterator[Studio]:
    running = await open_one()
    backends = running.node.backends
    authenticate = Authenticator(tokens(), Sessions(backends.pool)).authenticate
    async with (
        open_studio(backends, running.node.committer, authenticate, 5.0) as opened,
        aiohttp.ClientSession() as http,
    ):
        app = build_studio(opened)
        app.middlewares.append(_nobody)
        mount_live(
            app,
            lives=Lives(backends.pool),
            objects=backends.objects,
            may_enter=may_enter(backends.pool),
        )
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Studio(running, f"http://127.0.0.1:{runner.addresses[0][1]}", http)
        await runner.cleanup()


@web.middleware
async def _nobody(request: web.Request, handler: Handler) -> web.StreamResponse:
    request["principal"] = None
    return await handler(request)


async def live_in(ada: HubClient, room_type: str) -> tuple[str, str]:
    """A broadcast that is announced in a new room of hers: the ids of both."""
    room = await ada.ok("room:create", {"name": "Kitchen", "type": room_type})
    await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
    live = await ada.ok(
        "live:create", {"room_id": room["id"], "op_id": fresh_id(), "title": "Friday night"}
    )
    return str(room["id"]), str(live["id"])
