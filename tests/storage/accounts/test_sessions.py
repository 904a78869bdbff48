import asyncio

from storage.accounts.accounts import Account
from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.storage.people import add_account


async def opened(pool: Pool, user: Account, refresh: str | None = "first") -> str:
    return await Sessions(pool).open(
        user.id, refresh_hash=refresh, lifetime_s=60, ip_address="127.0.0.1", user_agent="x"
    )


async def test_a_session_stands_until_it_is_revoked(pool: Pool) -> None:
    sessions = Sessions(pool)
    alice = await add_account(pool)
    session_id = await opened(pool, alice)

    before = await sessions.standing(session_id)
    assert before is not None
    assert (before.is_alive, before.user_id, before.role) == (True, alice.id, "content_creator")
    assert await sessions.revoke(session_id, "logout")
    after = await sessions.standing(session_id)
    assert after is not None
    assert not after.is_alive
    assert not await sessions.revoke(session_id, "logout"), "it had ended"


async def test_a_session_ends_with_its_time(pool: Pool) -> None:
    alice = await add_account(pool)
    session_id = await opened(pool, alice)
    await pool.execute("UPDATE sessions SET expires_at = now() - interval '1 s'")

    standing = await Sessions(pool).standing(session_id)

    assert standing is not None
    assert not standing.is_alive
    assert await Sessions(pool).alive(alice.id) == []


async def test_a_token_is_traded_once(pool: Pool) -> None:
    sessions = Sessions(pool)
    alice = await add_account(pool)
    session_id = await opened(pool, alice)

    first = await sessions.rotate("first", "second", 60)
    second = await sessions.rotate("second", "third", 60)
    reuse = await sessions.rotate("first", "fourth", 60)
    newest = await sessions.rotate("third", "fifth", 60)

    assert [r.outcome for r in (first, second, reuse, newest)] == [
        "rotated",
        "rotated",
        "reused",
        "dead",
    ]
    assert {r.session_id for r in (first, second, reuse, newest)} == {session_id}
    standing = await sessions.standing(session_id)
    assert standing is not None
    assert not standing.is_alive
    stored = await pool.fetchval("SELECT count(*) FROM refresh_tokens")
    assert stored == 3, "the reuse left no token"


async def test_of_many_trades_at_once_one_wins(pool: Pool) -> None:
    alice = await add_account(pool)
    await opened(pool, alice)

    outcomes = await asyncio.gather(
        *(Sessions(pool).rotate("first", f"new {number}", 60) for number in range(5))
    )

    assert sorted(r.outcome for r in outcomes) == ["dead"] * 3 + ["reused", "rotated"]


async def test_unknown_and_old_tokens(pool: Pool) -> None:
    sessions = Sessions(pool)
    alice = await add_account(pool)
    session_id = await opened(pool, alice)
    await pool.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'")

    assert (await sessions.rotate("nonsense", "x", 60)).outcome == "unknown"
    assert (await sessions.rotate("first", "x", 60)).outcome == "expired"
    assert await sessions.of_refresh("first") == (session_id, alice.id)
    assert await sessions.of_refresh("nonsense") is None


async def test_ending_sessions_of_one_user_only(pool: Pool) -> None:
    sessions = Sessions(pool)
    alice, bob = await add_account(pool), await add_account(pool, "bob")
    keep, other = await opened(pool, alice, "a"), await opened(pool, alice, "b")
    bobs = await opened(pool, bob, "c")

    assert not await sessions.revoke_own(bobs, alice.id, "revoked")
    assert await sessions.revoke_all(alice.id, "others", keep_session_id=keep) == [other]
    assert await sessions.revoke_all(alice.id, "all") == [keep]
    assert [row.id for row in await sessions.alive(bob.id)] == [bobs]
