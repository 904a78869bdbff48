"""A client of the older chat: a plain WebSocket, JSON frames, and what it hears."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

WAIT_S = 10.0


class Talking:
    """One socket."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send_str(orjson.dumps({"type": kind, **fields}).decode())

    async def hear(
        self, kind: str, matches: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """The first frame of that kind, heard already or yet to come, which matches."""

        def found() -> dict[str, Any] | None:
            return next((f for f in self.heard if f["type"] == kind and matches(f)), None)

        await self.hear_until(lambda: found() is not None)
        frame = found()
        assert frame is not None
        return frame

    async def hear_until(self, holds: Callable[[], bool]) -> None:
        """Takes frames until `holds` is true."""
        async with asyncio.timeout(WAIT_S):
            while not holds():
                message = await self.socket.receive()
                assert message.type == WSMsgType.TEXT, (message, self.heard[-3:])
                self.heard.append(orjson.loads(message.data))

    async def answer(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Sends a command; returns the ack, error or greeting that answers it."""
        client_id = str(uuid.uuid4())
        await self.say(kind, client_id=client_id, **fields)
        answers: list[dict[str, Any]] = []

        def is_answered() -> bool:
            answers[:] = [f for f in self.heard if f.get("client_id") == client_id]
            answers[:] = [f for f in answers if f["type"] != "message"]
            return bool(answers)

        await self.hear_until(is_answered)
        return answers[0]

    async def closed(self) -> int | None:
        """The code that the hub closes with, whatever it says before."""
        async with asyncio.timeout(WAIT_S):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                self.heard.append(orjson.loads(message.data))
        return self.socket.close_code

    def kinds(self, kind: str) -> list[dict[str, Any]]:
        """All frames of a kind so far."""
        return [frame for frame in self.heard if frame["type"] == kind]


@asynccontextmanager
async def talking(
    url: str, token: str, path: str = "/api/v1/chat/ws", *, as_bearer: bool = False
) -> AsyncIterator[Talking]:
    """A client that has been let in."""
    headers = {"Authorization": f"Bearer {token}"} if as_bearer else {}
    params = {} if as_bearer else {"token": token}
    async with (
        ClientSession() as http,
        http.ws_connect(url + path, params=params, headers=headers) as socket,
    ):
        yield Talking(socket)
