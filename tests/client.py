"""A client of the hub for tests: the stock Python Socket.IO client, and events one can wait for."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import socketio

DEADLINE_S = 10.0

Heard = tuple[str, dict[str, Any]]


class HubClient:
    """One connected socket."""

    def __init__(self) -> None:
        self.socket = socketio.AsyncClient(reconnection=False)
        self.heard: list[Heard] = []
        self.refusal: Any = None
        self._changed = asyncio.Event()
        self.socket.on("*", self._on_event)
        self.socket.on("connect_error", self._on_refusal)
        self.socket.on("disconnect", self._on_disconnect)

    async def connect(self, url: str, auth: dict[str, Any], **options: Any) -> None:
        """Connects and waits for `hello`."""
        options.setdefault("wait_timeout", DEADLINE_S)  # the library gives up after one second
        await self.socket.connect(url, auth=auth, transports=["websocket"], **options)
        await self.wait_for("hello")

    async def call(self, event: str, payload: Any = None) -> dict[str, Any]:
        """The ack of one call."""
        ack: dict[str, Any] = await self.socket.call(event, payload, timeout=DEADLINE_S)
        return ack

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
                await asyncio.sleep(ack["error"].get("retry_after_ms", 100) / 1_000)  # pace: as told

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

    async def close(self) -> None:
        """Leaves."""
        await self.socket.disconnect()

    def _on_event(self, event: str, payload: Any = None, _offset: str = "") -> None:
        self.heard.append((event, payload))
        self._changed.set()

    def _on_disconnect(self, _reason: str) -> None:
        self._changed.set()

    def _on_refusal(self, data: Any) -> None:
        self.refusal = data


@asynccontextmanager
async def connected(url: str, token: str, **auth: Any) -> AsyncIterator[HubClient]:
    """A client that has been let in; leaves at the end."""
    client = HubClient()
    await client.connect(url, {"token": token, "device_id": str(uuid.uuid4()), **auth})
    try:
        yield client
    finally:
        await client.close()
