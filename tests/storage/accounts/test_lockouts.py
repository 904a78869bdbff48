from storage.accounts.lockouts import MAX_FAILURES, Lockouts
from storage.backends import Pool


async def test_the_fifth_failure_locks(pool: Pool) -> None:
    lockouts = Lockouts(pool)

    locked = [await lockouts.failed("Alice") for _ in range(MAX_FAILURES)]

    assert [until is not None for until in locked] == [False] * 4 + [True]
    assert await lockouts.locked_until("alice") == locked[-1]
    assert await lockouts.locked_until("bob") is None
    assert await lockouts.failed("alice") == locked[-1], "a lock is not drawn out"


async def test_after_a_lock_the_count_begins_anew(pool: Pool) -> None:
    lockouts = Lockouts(pool)
    for _ in range(MAX_FAILURES):
        await lockouts.failed("alice")
    await pool.execute("UPDATE login_lockouts SET locked_until = now() - interval '1 s'")

    assert await lockouts.locked_until("alice") is None
    again = [await lockouts.failed("alice") for _ in range(MAX_FAILURES)]

    assert [until is not None for until in again] == [False] * 4 + [True]


async def test_forgiving_forgets(pool: Pool) -> None:
    lockouts = Lockouts(pool)
    for _ in range(MAX_FAILURES - 1):
        await lockouts.failed("alice")

    await lockouts.forgive("alice")

    assert await lockouts.failed("alice") is None


async def test_what_counts_no_more_is_swept(pool: Pool) -> None:
    lockouts = Lockouts(pool)
    for _ in range(MAX_FAILURES):
        await lockouts.failed("locked")
    await lockouts.failed("old")
    await lockouts.failed("new")
    await pool.execute(
        "UPDATE login_lockouts SET first_failure_at = now() - interval '20 min'"
        " WHERE failures = 1 AND ctid = (SELECT min(ctid) FROM login_lockouts WHERE failures = 1)"
    )

    assert await lockouts.sweep() == 1
    assert await lockouts.locked_until("locked") is not None


async def test_names_are_not_stored(pool: Pool) -> None:
    await Lockouts(pool).failed("alice@example.org")

    stored = await pool.fetchval("SELECT login_hash FROM login_lockouts")

    assert len(stored) == 32
    assert b"alice" not in stored
