"""The hub's Python client as tests use it: with events one can wait for."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from veza_client import Connection, Refused

DEADLINE_S = 10.0

Heard = tuple[str, dict[str, Any]]


class HubClient:
    """One connected socket."""

    def __init__(self) -> None:
        self.connection = Connection(self._on_event)
        self.heard: list[Heard] = []
        self.refusal: Any = None
        self._changed = asyncio.Event()
        self._http = aiohttp.ClientSession()

    @property
    def is_connected(self) -> bool:
        """False once either side has ended it."""
        return not self.connection.closed.is_set()

    async def connect(self, url: str, auth: dict[str, Any] | None) -> None:
        """Connects and waits for `hello`.

        Raises:
            Refused: it is not let in; `refusal` is why.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self.connection.open(self._http, url, auth)
        except Refused as error:
            self.refusal = error.said
            raise

    async def call(self, event: str, payload: Any = None) -> dict[str, Any]:
        """The ack of one call."""
        async with asyncio.timeout(DEADLINE_S):
            ack: dict[str, Any] = await self.connection.call(event, payload)
            return ack

    async def emit(self, event: str, payload: Any = None) -> None:
        """Says something without asking for an ack."""
        await self.connection.emit(event, payload)

    async def ok(self, event: str, payload: Any = None) -> Any:
        """The data of a call that has to work."""
        ack = await self.call(event, payload)
        assert ack["ok"], ack
        return ack["data"]

    async def sent(self, event: str, payload: dict[str, Any]) -> Any:
        """The ack of a command with an op_id, sent again while the hub says that it may be.

        As a client does: on a machine that is busy with more than this test the hub gives a commit
        up after 2 s, says so, and nothing was done.
        """
        async with asyncio.timeout(3 * DEADLINE_S):
            while True:
                ack = await self.call(event, payload)
                if ack["ok"] or not ack["error"]["retryable"]:
                    assert ack["ok"], ack
                    return ack
                again_ms = ack["error"].get("retry_after_ms", 100)
                await asyncio.sleep(again_ms / 1_000)  # pace: as told

    async def error(self, event: str, payload: Any = None) -> dict[str, Any]:
        """The error of a call that has to fail."""
        ack = await self.call(event, payload)
        assert not ack["ok"], ack
        error: dict[str, Any] = ack["error"]
        return error

    async def say(self, room_id: str, content: str, client_id: str | None = None) -> dict[str, Any]:
        """Sends a message; returns its ack."""
        payload = {
            "room_id": room_id,
            "client_id": client_id or str(uuid.uuid4()),
            "content": content,
        }
        return await self.call("message:create", payload)

    async def wait_for(
        self, event: str, matches: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """The first event of that name (heard already or yet to come) whose payload matches."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for name, payload in self.heard:
                    if name == event and matches(payload):
                        return payload
                self._changed.clear()
                await self._changed.wait()

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds` is true, looked at after every event."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def wait_for_seq(self, seq: int) -> None:
        """Returns once the durable event of that seq has arrived."""
        await self.wait_until(lambda: seq in self.seqs())

    def payloads(self, event: str) -> list[dict[str, Any]]:
        """Payloads of all events of that name so far."""
        return [payload for name, payload in self.heard if name == event]

    def seqs(self) -> list[int]:
        """Seqs of all durable events so far, in the order of arrival."""
        return [payload["seq"] for _, payload in self.heard if "seq" in payload]

    async def ended(self) -> None:
        """Returns once the connection has ended."""
        async with asyncio.timeout(DEADLINE_S):
            await self.connection.closed.wait()

    async def close(self) -> None:
        """Leaves."""
        await self.connection.leave()
        await self._http.close()

    def _on_event(self, event: str, payload: Any) -> None:
        self.heard.append((event, payload))
        self._changed.set()


@asynccontextmanager
async def connected(url: str, token: str, **auth: Any) -> AsyncIterator[HubClient]:
    """A client that has been let in; leaves at the end."""
    client = HubClient()
    try:
        await client.connect(url, {"token": token, "device_id": str(uuid.uuid4()), **auth})
        yield client
    finally:
        await client.close()
