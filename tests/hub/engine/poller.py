"""A client that polls, as the tests drive it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from aiohttp import ClientSession

if TYPE_CHECKING:  # whose fixture makes one
    from tests.hub.engine.conftest import Hub

SEPARATOR = "\x1e"


class Poller:
    """A long-polling client."""

    def __init__(self, http: ClientSession, hub: Hub) -> None:
        self.http = http
        self.hub = hub
        self.params = {"EIO": "4", "transport": "polling"}

    async def open(self) -> dict[str, object]:
        (packet,) = await self.poll()
        opened: dict[str, object] = orjson.loads(packet[1:])
        self.params["sid"] = str(opened["sid"])
        return opened

    async def connect(self) -> None:
        await self.open()
        assert await self.push("40") == "ok"
        (answer,) = await self.poll()
        assert answer.startswith('40{"sid"')

    async def poll(self) -> list[str]:
        async with self.http.get(self.hub.url, params=self.params) as answer:
            text = await answer.text()
            assert answer.status == 200, text
            return text.split(SEPARATOR)

    async def push(self, *packets: str) -> str:
        body = SEPARATOR.join(packets).encode()
        async with self.http.post(self.hub.url, params=self.params, data=body) as answer:
            return await answer.text()

    async def status(self, method: str = "GET", **params: str) -> int:
        asked = self.params | params
        async with self.http.request(method, self.hub.url, params=asked) as answer:
            return answer.status
