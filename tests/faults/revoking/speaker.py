"""A socket that says something again and again, for as long as it is let."""

import asyncio
import time
import uuid
from contextlib import suppress
from typing import Any

import aiohttp

from tests.faults.harness.company import ok
from veza_client import Closed, Connection

PAUSE_S = 0.25
ACK_WITHIN_S = 5.0


class Speaker:
    """Connects once and does not come back. Run `speak` as a task."""

    def __init__(self, token: str, url: str) -> None:
        self._token = token
        self._url = url
        self.room_id = ""
        self.wire = Connection(self._hear)
        self.last_accepted_s = 0.0
        """When the last message that was acked had been sent."""
        self.last_heard_s = 0.0
        """When the last event of its room came."""

    async def enter(self, client: aiohttp.ClientSession, room_id: str) -> str:
        """Follows a room, or a new one of its own when that is empty; returns its id."""
        await self.wire.open(client, self._url, {"token": self._token})
        if room_id:
            await ok(self.wire, "room:join", {"room_id": room_id})
        else:
            room_id = (await ok(self.wire, "room:create", {"name": "R"}))["id"]
        await ok(self.wire, "stream:subscribe", {"stream": f"room:{room_id}"})
        self.room_id = room_id
        return room_id

    async def speak(self) -> None:
        """Until the connection has ended."""
        with suppress(Closed):
            while True:
                sent_s = time.monotonic()
                said = {"room_id": self.room_id, "client_id": str(uuid.uuid4()), "content": "on"}
                async with asyncio.timeout(ACK_WITHIN_S):
                    ack = await self.wire.call("message:create", said)
                if ack["ok"]:
                    self.last_accepted_s = sent_s
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.wire.closed.wait(), PAUSE_S)

    def _hear(self, _event: str, payload: dict[str, Any]) -> None:
        if payload.get("stream") == f"room:{self.room_id}" and "seq" in payload:
            self.last_heard_s = time.monotonic()
