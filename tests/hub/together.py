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
