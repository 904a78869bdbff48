"""A room with people in it, over real sockets."""

import uuid
from typing import Any

from tests.client import HubClient


def op() -> str:
    """A fresh id of an operation."""
    return str(uuid.uuid4())


async def room_of(owner: HubClient, *others: HubClient, **fields: Any) -> str:
    """A room of the owner's that the others have joined; nobody follows it yet."""
    room = await owner.ok("room:create", {"name": "Kitchen", **fields})
    for client in others:
        await client.ok("room:join", {"room_id": room["id"]})
    return str(room["id"])


async def follow(client: HubClient, room_id: str) -> Any:
    """Subscribes to a room; the answer, with its snapshot."""
    return await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})


async def party(owner: HubClient, *others: HubClient, **fields: Any) -> str:
    """A room of the owner's with the others in it, which all of them follow."""
    room_id = await room_of(owner, *others, **fields)
    for client in (owner, *others):
        await follow(client, room_id)
    return room_id


async def queued(client: HubClient, room_id: str, *tracks: str) -> list[str]:
    """Queues tracks; the ids of their items."""
    payload = {"room_id": room_id, "op_id": op(), "track_ids": list(tracks)}
    return [item["id"] for item in (await client.ok("item:add", payload))["items"]]


async def until_seen(client: HubClient, room_id: str, *user_ids: str) -> None:
    """Waits until a client has been told that all of them are in a room."""

    def are_seen() -> bool:
        seen: set[str] = set()
        for diff in client.payloads("presence:diff"):
            if diff["stream"] == f"room:{room_id}":
                seen |= diff["data"]["upserts"].keys()
        return seen >= set(user_ids)

    await client.wait_until(are_seen)
