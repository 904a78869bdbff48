"""A sign-in that has ended ends its sockets within a second, wherever they are."""

import asyncio
import time
from collections.abc import Sequence

from hub.door.revocations import Revocations
from hub.door.sessions import Sessions as SessionsHere
from hub.engine.delivery import Delivery
from rooms.feature import Actor
from storage.accounts.news import SESSION_ENDED, open_news
from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.ears import session_of
from tests.nodes import OpenNode, People
from tests.people import new_user
from veza_client import Refused

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
        await client.connect(url, {"token": token})
    except Refused:
        return str(client.refusal["data"]["code"])
    finally:
        await client.close()
    return "let in"


class SlowSignIns(Sessions):
    """Answers which sign-ins have ended once it may."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.asked: asyncio.Queue[list[str]] = asyncio.Queue()
        self.may_answer = asyncio.Event()

    async def ended(self, session_ids: Sequence[str]) -> set[str]:
        self.asked.put_nowait(list(session_ids))
        await self.may_answer.wait()
        return await super().ended(session_ids)


async def test_who_comes_in_just_after_the_look_that_his_end_was_said_in_is_found(
    database_url: str, pool: Pool
) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    sign_ins, here, delivery = SlowSignIns(pool), SessionsHere(), Delivery()
    hers, his = [await _sign_in(sign_ins, user) for user in (ada, bob)]
    of_bob, _ = session_of(bob, his, delivery)
    of_ada, her_ear = session_of(ada, hers, delivery)
    here.add(of_bob)
    revocations = Revocations(here, sign_ins)
    told = asyncio.Event()

    def hear(sign_in: str) -> None:
        revocations.hear(sign_in)
        told.set()

    listening = asyncio.Event()
    async with (
        open_news(database_url, {SESSION_ENDED: hear}, listening.set) as news,
        asyncio.timeout(10),
        asyncio.TaskGroup() as tasks,
    ):
        await listening.wait()
        sign_ins.may_answer.set()
        looking = tasks.create_task(revocations.run(news))
        assert await sign_ins.asked.get() == [his]  # the first look is at everybody
        sign_ins.may_answer.clear()
        revocations.hear(his)
        assert await sign_ins.asked.get() == [his]
        # Her end is said during that look; she is still on her way in.
        await sign_ins.revoke(hers, "test")
        await told.wait()
        sign_ins.may_answer.set()
        assert await sign_ins.asked.get() == [his]  # the look for what was said meanwhile
        here.add(of_ada)
        await eventually(lambda: her_ear.link.closed, 5)
        looking.cancel()
    assert not of_bob.link.closed


async def _sign_in(sign_ins: Sessions, user: Actor) -> str:
    return await sign_ins.open(
        user.user_id, refresh_hash=None, lifetime_s=3600, ip_address=None, user_agent="tests"
    )
