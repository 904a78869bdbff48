"""Nobody comes back to what he may not hear, or as somebody else; and every parser comes back."""

from typing import Any
from urllib.parse import urlsplit

import msgpack

from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.client import connected
from tests.eventually import eventually
from tests.hub.engine.wire import Wire, open_wire
from tests.hub.recovery.test_coming_back import follow, new_public_room, say
from tests.nodes import OpenNode, People
from tests.stock import stock_client


async def test_a_member_put_out_meanwhile_hears_nothing_of_it(
    open_one: OpenNode, people: People
) -> None:
    first, second = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    ben, ben_token = await people.sign_in("ben")
    async with connected(first.url, token) as ada, stock_client() as client:
        room = await ada.ok(
            "room:create", {"name": "Cellar", "type": "private", "members": [ben.user_id]}
        )
        stream = f"room:{room['id']}"
        await client.open(first.url, {"token": ben_token})
        await follow(client, stream)
        seen = await say(ada, room["id"])
        await client.until(lambda: seen in client.seqs(stream))
        await client.drop()
        await ada.ok("member:remove", {"room_id": room["id"], "user_id": ben.user_id})
        await say(ada, room["id"], 3)

        assert await client.come_back(second.url) is False
        assert await client.hello(2) is False
        answer = await client.ask("stream:subscribe", {"stream": stream})
        assert answer.ack["error"]["code"] == "NOT_FOUND"
        assert client.seqs(stream)[-1] == seen


async def test_a_sign_in_ended_meanwhile_is_refused(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    ben, ben_token = await people.sign_in("ben")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        await client.open(node.url, {"token": ben_token})
        await follow(client, f"room:{room_id}")
        await client.drop()
        await say(ada, room_id)
        await Sessions(pool).revoke_all(ben.user_id, "logout")

        client.tell("back", url=None)
        await client.until(lambda: bool(client.refusals))
        assert client.refusals[0]["data"]["code"] == "TOKEN_REVOKED"
        assert client.seqs(f"room:{room_id}") == []


async def connect(wire: Wire, **auth: str) -> list[Any]:
    """CONNECT over msgpack: the answer's data, then `hello`."""
    wire.binary(msgpack.packb({"type": 0, "nsp": "/", "data": auth}))
    return [msgpack.unpackb(await wire.message())["data"] for _ in range(2)]


async def test_a_msgpack_client_comes_back_and_a_thief_does_not(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    port = urlsplit(node.url).port or 0
    _, token = await people.sign_in("ada")
    _, thief = await people.sign_in("mallory")
    async with connected(node.url, token) as ada:
        room_id = await new_public_room(ada)
        async with await open_wire(port, "/socket.io-msgpack/") as wire:
            opened, _hello = await connect(wire, token=token)
            subscribe = ["stream:subscribe", {"stream": f"room:{room_id}"}]
            wire.binary(msgpack.packb({"type": 2, "nsp": "/", "data": subscribe, "id": 1}))
            while msgpack.unpackb(await wire.message())["type"] != 3:
                pass
            seen = await say(ada, room_id)
            said = msgpack.unpackb(await wire.message())["data"]
            while said[0] != "message:created":
                said = msgpack.unpackb(await wire.message())["data"]
            assert said[1]["seq"] == seen
        offset = said[2]
        last = await say(ada, room_id)

        async with await open_wire(port, "/socket.io-msgpack/") as wire:
            again, hello = await connect(wire, token=thief, pid=opened["pid"], offset=offset)
            assert again["pid"] != opened["pid"]
            assert hello[1]["recovered"] is False
        async with await open_wire(port, "/socket.io-msgpack/") as wire:
            again, hello = await connect(wire, token=token, pid=opened["pid"], offset=offset)
            assert again == opened
            assert hello[1]["recovered"] is True
            missed = msgpack.unpackb(await wire.message())["data"]
            assert (missed[0], missed[1]["seq"]) == ("message:created", last)


async def test_a_crash_of_the_database_ends_what_can_be_recovered(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        stream = f"room:{room_id}"
        await client.open(node.url, {"token": token})
        await follow(client, stream)
        while not any(
            name == "message:created" and args[1][0] != "~" for name, args in client.events
        ):
            seen = await say(ada, room_id)  # until an offset names a snapshot
            await client.until(lambda seen=seen: seen in client.seqs(stream))  # type: ignore[misc]

        # What a crash leaves of unlogged tables.
        await pool.execute("TRUNCATE recoveries, recovery_nodes, recovery_lives")
        await client.drop()
        # The node notes the drop as always.
        await eventually(lambda: pool.fetchval("SELECT count(*) FROM recoveries"))

        assert await client.come_back() is False
        assert await client.hello(2) is False
