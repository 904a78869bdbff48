"""A host who goes away, on two nodes: he is missed, replaced after his grace, or back in time."""

import time
from typing import Any

from rooms.presence import Chosen, Device
from storage.backends import Pool
from storage.presence.places import Change, Places
from storage.redis import open_client
from tests.client import connected
from tests.eventually import eventually
from tests.hub.together import op
from tests.nodes import OpenNode, People
from tests.people import new_track

GRACE_MS = 200


async def room_of(client: Any, rule: str) -> str:
    policy = {"on_host_lost": rule, "host_grace_ms": GRACE_MS}
    room = await client.ok("room:create", {"name": "Kitchen", "policy": policy})
    return str(room["id"])


async def test_another_member_drives_after_the_host_has_left(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    track = await new_track(pool, ada_user, "Song")
    async with connected(two.url, bob_token) as bob:
        async with connected(one.url, ada_token) as ada:
            room_id = await room_of(ada, "promote_oldest")
            stream = {"stream": f"room:{room_id}"}
            await bob.ok("room:join", {"room_id": room_id})
            await ada.ok("stream:subscribe", stream)
            await bob.ok("stream:subscribe", stream)
            await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
            await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
            await ada.ok("stream:unsubscribe", stream)
        changed = await bob.wait_for("host:changed")
        assert changed["data"] == {
            "from": ada_user.user_id,
            "to": bob_user.user_id,
            "reason": "lost",
        }
        await bob.ok("playback:pause", {"room_id": room_id, "op_id": op()})
        await bob.wait_for("playback:changed", lambda p: p["data"]["status"] == "paused")
    states = [p["data"]["status"] for p in bob.payloads("playback:changed")]
    assert states == ["playing", "paused"], "nobody's sound was touched but by the new host"


async def test_a_room_whose_only_listener_left_pauses(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    track = await new_track(pool, ada_user, "Song")
    async with connected(node.url, token) as ada:
        room_id = await room_of(ada, "pause")
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        await ada.ok("stream:unsubscribe", {"stream": f"room:{room_id}"})
        await eventually(lambda: _is_paused(pool, room_id))


async def test_a_host_with_another_device_in_the_room_is_not_lost(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with (
        connected(one.url, ada_token) as tab,
        connected(two.url, ada_token) as phone,
        connected(two.url, bob_token) as bob,
    ):
        room_id = await room_of(tab, "promote_oldest")
        await bob.ok("room:join", {"room_id": room_id})
        for client in (tab, phone, bob):
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        await tab.ok("stream:unsubscribe", {"stream": f"room:{room_id}"})
        await eventually(lambda: _grace_is_over(pool, room_id))
        assert bob.payloads("host:changed") == []


async def _is_paused(pool: Pool, room_id: str) -> bool:
    status = await pool.fetchval(
        "SELECT state ->> 'status' FROM slices WHERE stream_id = $1 AND feature = 'playback'",
        room_id,
    )
    return status in (None, "paused")


async def _grace_is_over(pool: Pool, room_id: str) -> bool:
    ran = "SELECT count(*) FROM operations WHERE stream_id = $1 AND actor_id = $2"
    system = "00000000-0000-0000-0000-000000000000"
    return int(await pool.fetchval(ran, room_id, system)) >= 2


async def test_a_host_whose_node_died_is_replaced(
    open_one: OpenNode, people: People, pool: Pool, redis_url: str
) -> None:
    node = await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(node.url, ada_token) as ada:
        room_id = await room_of(ada, "promote_oldest")
    async with connected(node.url, bob_token) as bob, open_client(redis_url) as redis:
        await bob.ok("room:join", {"room_id": room_id})
        dying = Places(redis, "a node that dies")
        host = Device(ada_user.user_id, "c", None, "web", False, False, Chosen(), 1, 0, dying.node)
        await dying.beat(time.time_ns() // 1_000_000, 3_000)
        await dying.write({room_id: Change([host])})
        await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        changed = await bob.wait_for("host:changed")
    assert (changed["data"]["to"], changed["data"]["reason"]) == (bob_user.user_id, "lost")
