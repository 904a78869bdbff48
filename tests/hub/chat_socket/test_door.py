"""Who is let in by the older chat's door, and how long he stays."""

import asyncio

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.chat_socket.talking import WAIT_S, talking
from tests.nodes import OpenNode, People, RunningNode
from veza_client import Refused

PATHS = ("/api/v1/chat/ws", "/chat/ws", "/ws/chat", "/ws/1/2")


@pytest.mark.parametrize("path", PATHS)
async def test_a_chat_token_opens_the_socket(open_one: OpenNode, people: People, path: str) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    for as_bearer in (False, True):
        token = await people.chat_token(bob)
        async with talking(node.url, token, path, as_bearer=as_bearer) as client:
            assert (await client.answer("heartbeat"))["type"] == "ack"


async def test_nothing_else_does(open_one: OpenNode, people: People, pool: Pool) -> None:
    node = await open_one()
    bob, access = await people.sign_in("bob")
    revoked = await people.chat_token(bob)
    await Sessions(pool).revoke_all(bob.user_id, "test")
    expired = await people.chat_token(bob, age_s=1_000)
    refused = {"": "UNAUTHENTICATED", "x.y.z": "UNAUTHENTICATED", access: "UNAUTHENTICATED"}
    refused |= {revoked: "TOKEN_REVOKED", expired: "TOKEN_EXPIRED"}
    async with ClientSession() as http:
        for token, code in refused.items():
            address = f"{node.url}/api/v1/chat/ws"
            with pytest.raises(WSServerHandshakeError) as refusal:
                await http.ws_connect(address, params={"token": token})
            assert refusal.value.status == 401
            upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
            upgrade |= {
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            }
            async with http.get(address, params={"token": token}, headers=upgrade) as answer:
                assert (await answer.json())["error_code"] == code
        async with http.get(address, params={"token": await people.chat_token(bob)}) as answer:
            assert answer.status == 426


async def test_a_chat_token_is_no_access_token(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    client = HubClient()
    with pytest.raises(Refused):
        await client.connect(node.url, {"token": await people.chat_token(bob)})
    assert client.refusal["data"]["code"] == "UNAUTHENTICATED"
    await client.close()


async def test_the_socket_ends_with_its_sign_in(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    async with talking(node.url, await people.chat_token(bob)) as client:
        await client.answer("heartbeat")
        await Sessions(pool).revoke_all(bob.user_id, "test")
        assert await client.closed() == 4001
        assert client.heard[-1]["code"] == "TOKEN_REVOKED"
    await _emptied(node)


async def test_the_socket_ends_with_its_token(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    # Ten seconds of grace for clocks that differ: the token is past its time, and let in.
    async with talking(node.url, await people.chat_token(bob, age_s=15 * 60 + 2)) as client:
        assert await client.closed() == 4001
        assert client.heard[-1]["code"] == "TOKEN_EXPIRED"


async def test_a_node_that_stops_sends_him_elsewhere(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    async with talking(node.url, await people.chat_token(bob)) as client:
        await client.answer("heartbeat")
        node.node.door.announce_drain(0)
        for session in node.node.sessions:
            session.end("draining")
        assert await client.closed() == 1012


async def test_who_does_not_read_is_cut_and_the_others_are_not_held_up(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (bob, _) = await people.sign_in("ada"), await people.sign_in("bob")
    async with (
        connected(node.url, ada_token) as hers,
        talking(node.url, await people.chat_token(bob)) as his,
    ):
        room = await hers.ok("room:create", {"name": "Kitchen"})
        await hers.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await his.answer("join", room_id=room["id"])
        connection = his.socket._conn
        assert connection is not None
        assert connection.transport is not None
        connection.transport.pause_reading()
        async with asyncio.timeout(60):
            while len(node.node.sessions) > 1:
                acks = await asyncio.gather(*(hers.say(room["id"], "x" * 3_900) for _ in range(50)))
                assert all(ack["ok"] for ack in acks)
        connection.transport.resume_reading()
        assert await his.closed() == 1006
    await _emptied(node)


async def test_too_many_commands_end_the_socket(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    bob, _ = await people.sign_in("bob")
    async with talking(node.url, await people.chat_token(bob)) as client:
        for _ in range(200):
            await client.say("heartbeat")
        assert await client.closed() == 4008
        assert client.heard[-1]["code"] == "RATE_LIMITED"


async def _emptied(node: RunningNode) -> None:
    """Returns once no session is left."""
    await eventually(lambda: not len(node.node.sessions), WAIT_S)
