"""A node with the doors for publishers and listeners beside it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct

from api.auth.principals import Authenticator
from hub.live.ingest import build_studio, open_studio
from storage.accounts.sessions import Sessions
from tests.client import HubClient
from tests.nodes import OpenNode, RunningNode, tokens
from tests.people import fresh_id


class Studio(Struct, frozen=True):
    """A node, an ingest beside it, and somebody who is in a room."""

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
        runner = web.AppRunner(build_studio(opened))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Studio(running, f"http://127.0.0.1:{runner.addresses[0][1]}", http)
        await runner.cleanup()


async def live_in(ada: HubClient, room_type: str) -> tuple[str, str]:
    room = await ada.ok("room:create", {"name": "Kitchen", "type": room_type})
    await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
    live = await ada.ok(
        "live:create", {"room_id": room["id"], "op_id": fresh_id(), "title": "Friday night"}
    )
    return str(room["id"]), str(live["id"])
