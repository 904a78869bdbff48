"""Who runs the room: an account that uploads, queues and presses the buttons, and hears nothing."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.client import HubClient, connected

READY_WITHIN_S = 180.0
KEPT = ("playback:changed", "sync:stats")


class Host:
    """The owner of one room."""

    def __init__(self, client: HubClient, room_id: str, invitation: str) -> None:
        self.invitation = invitation
        """Address of an invitation."""
        self.items: list[str] = []
        """The queue, from its beginning."""
        self._client = client
        self._room_id = room_id

    async def queue(self, track_ids: Sequence[str]) -> None:
        """Queues tracks in this order."""
        added = await self.call("item:add", track_ids=list(track_ids))
        self.items += [item["id"] for item in added["items"]]

    async def call(self, event: str, **fields: Any) -> Any:
        """One command; its answer."""
        payload = {"room_id": self._room_id, "op_id": str(uuid.uuid4()), **fields}
        return await self._client.ok(event, payload)

    def changes(self) -> list[dict[str, Any]]:
        """Every change of the playback so far, in order."""
        return [each["data"] for each in self._client.payloads("playback:changed")]

    def reported(self) -> list[dict[str, Any]]:
        """What the hub told the room of its listeners' drift, once a second."""
        return [each["data"] for each in self._client.payloads("sync:stats")]


async def upload(url: str, files: Sequence[Path]) -> tuple[str, list[str]]:
    """A new account and its tracks, once they can be played: access token and track ids."""
    name = f"host-{uuid.uuid4().hex[:8]}"
    body = {"username": name, "email": f"{name}@example.org", "password": "a load test's 1"}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/api/v1/auth/register", json=body) as answer:
            token = str((await answer.json())["data"]["access_token"])
        http.headers["Authorization"] = f"Bearer {token}"
        ids = [await _send(http, url, file) for file in files]
        give_up_at = time.monotonic() + READY_WITHIN_S
        for track_id in ids:
            while await _status(http, url, track_id) != "completed":
                if time.monotonic() > give_up_at:
                    raise TimeoutError(f"track {track_id} cannot be played yet")
                await asyncio.sleep(0.2)
    return token, ids


async def _send(http: aiohttp.ClientSession, url: str, file: Path) -> str:
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("title", file.stem)
    form.add_field("artist", "Heard")
    form.add_field("audio", await asyncio.to_thread(file.read_bytes), filename=file.name)
    async with http.post(f"{url}/api/v1/tracks", data=form) as answer:
        said = await answer.json()
    if not said["success"]:
        raise RuntimeError(f"{file.name}: {said}")
    return str(said["data"]["uuid"])


async def _status(http: aiohttp.ClientSession, url: str, track_id: str) -> str:
    async with http.get(f"{url}/api/v1/tracks/{track_id}/status") as answer:
        return str((await answer.json())["data"]["status"])


@asynccontextmanager
async def hosting(url: str, token: str) -> AsyncIterator[Host]:
    """A room with an invitation, while the block runs."""
    async with connected(url, token) as client:
        made = await client.ok("room:create", {"name": "Heard", "type": "private"})
        room_id = made["id"]
        await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        invitation = await client.ok("invite:create", {"room_id": room_id})
        yield Host(client, room_id, invitation["url"])
