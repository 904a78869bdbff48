"""A sign-in that has ended ends its sockets within a second, wherever they are."""

import asyncio
import time

import socketio

from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People

WITHIN_S = 1.0

_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'veza-news' AND datname = current_database()
"""
_LISTENERS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'veza-news' AND datname = current_database()
  AND query ILIKE 'LISTEN%'
"""


async def until_heard(pool: Pool, nodes: int) -> None:
    """Waits until every node listens to the database."""

    async def listens() -> bool:
        return int(await pool.fetchval(_LISTENERS)) >= nodes

    await eventually(listens)


async def test_a_sign_in_ended_on_one_node_ends_sockets_of_another_within_a_second(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    await until_heard(pool, 2)
    async with (
        connected(one.url, ada_token) as here,
        connected(two.url, ada_token) as there,
        connected(two.url, bob_token) as bob,
    ):
        since_s = time.monotonic()
        await Sessions(pool).revoke_all(ada.user_id, "test")
        for client in (here, there):
            assert (await client.wait_for("auth:revoked"))["reason"] == "token_revoked"
            assert time.monotonic() - since_s < WITHIN_S
        assert (await bob.ok("clock:ping", {"t0": 1.0}))["t0"] == 1.0
        assert bob.payloads("auth:revoked") == []


async def test_a_closed_account_loses_its_sockets_within_a_second(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    await until_heard(pool, 1)
    async with connected(node.url, token) as client:
        since_s = time.monotonic()
        await pool.execute("UPDATE users SET is_banned = true WHERE id = $1", ada.user_id)
        await client.wait_for("auth:revoked")
        assert time.monotonic() - since_s < WITHIN_S


async def test_what_ended_while_the_database_was_not_heard_is_found(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    await until_heard(pool, 1)
    async with connected(node.url, token) as client:
        assert await pool.fetch(_CUT)
        since_s = time.monotonic()
        await Sessions(pool).revoke_all(ada.user_id, "test")
        await client.wait_for("auth:revoked")
        assert time.monotonic() - since_s < 3 * WITHIN_S
    await until_heard(pool, 1)


async def test_a_token_of_an_ended_sign_in_lets_nobody_in(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    async with connected(node.url, token):
        pass
    await Sessions(pool).revoke_all(ada.user_id, "test")
    answers = await asyncio.gather(
        *(_refusal(node.url, token) for _ in range(5)),
    )
    assert answers == ["TOKEN_REVOKED"] * 5


async def _refusal(url: str, token: str) -> str:
    client = HubClient()
    try:
        await client.socket.connect(url, auth={"token": token}, transports=["websocket"])
    except socketio.exceptions.ConnectionError:
        return str(client.refusal["data"]["code"])
    finally:
        await client.close()
    return "let in"
