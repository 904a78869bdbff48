import asyncio

from storage.backends import Pool
from storage.schema import POLL_S, wait_for_schema


async def test_a_migrated_database_is_ready_at_once(pool: Pool) -> None:
    async with asyncio.timeout(POLL_S):
        await wait_for_schema(pool)


async def test_whoever_starts_before_the_migration_waits_for_it(pool: Pool) -> None:
    gone = await pool.fetchrow("SELECT * FROM schema_checksums ORDER BY migration_id DESC LIMIT 1")
    assert gone is not None
    await pool.execute("DELETE FROM schema_checksums WHERE migration_id = $1", gone[0])
    waiting = asyncio.create_task(wait_for_schema(pool))
    done, _ = await asyncio.wait([waiting], timeout=POLL_S / 2)
    assert not done
    await pool.execute("INSERT INTO schema_checksums VALUES ($1, $2, $3)", *gone)
    async with asyncio.timeout(5):
        await waiting


async def test_an_empty_database_is_not_an_error(pool: Pool) -> None:
    await pool.execute("ALTER TABLE schema_checksums RENAME TO elsewhere")
    waiting = asyncio.create_task(wait_for_schema(pool))
    done, _ = await asyncio.wait([waiting], timeout=POLL_S / 2)
    assert not done
    await pool.execute("ALTER TABLE elsewhere RENAME TO schema_checksums")
    async with asyncio.timeout(5):
        await waiting
