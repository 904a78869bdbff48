"""Items of a queue, put there and read."""

from typing import Any

from tests.client import HubClient
from tests.hub.together import op


def titles(queue: dict[str, Any]) -> list[str]:
    return [item["title"] for item in queue["items"]]


async def add(client: HubClient, room_id: str, *tracks: str) -> list[str]:
    payload = {"room_id": room_id, "op_id": op(), "track_ids": list(tracks)}
    return [item["id"] for item in (await client.ok("item:add", payload))["items"]]
