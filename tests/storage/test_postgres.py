import asyncpg
import pytest

from rooms.errors import Unavailable
from storage.backends import Pool, open_pool
from storage.postgres import Postgres


async def test_a_transaction_is_all_or_nothing(pool: Pool) -> None:
    postgres = Postgres(pool)

    async def fails_halfway() -> None:
        async with postgres.transaction() as connection:
            await connection.execute("INSERT INTO genres (slug) VALUES ('jazz')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails_halfway()

    assert await postgres.value("SELECT count(*) FROM genres") == 0
    assert await postgres.run("INSERT INTO genres (slug) VALUES ('a'), ('b')") == 2


async def test_a_lost_connection_is_temporary(pool: Pool, database_url: str) -> None:
    async with open_pool(database_url, 1) as doomed:
        postgres = Postgres(doomed)
        pid = await postgres.value("SELECT pg_backend_pid()")

        async def is_cut_off() -> None:
            async with postgres.transaction() as connection:
                await pool.execute("SELECT pg_terminate_backend($1)", pid)
                await connection.execute("SELECT 1")

        with pytest.raises(Unavailable) as error:
            await is_cut_off()

        assert error.value.temporary
        assert await postgres.value("SELECT 1") == 1, "the next call has a new connection"


async def test_no_server_is_temporary() -> None:
    pool = asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/x", min_size=0)

    with pytest.raises(Unavailable):
        await Postgres(await pool).value("SELECT 1")


async def test_a_closed_pool_is_temporary(database_url: str) -> None:
    async with open_pool(database_url, 1) as pool:
        postgres = Postgres(pool)
    with pytest.raises(Unavailable):
        await postgres.rows("SELECT 1")


async def test_too_slow_is_as_good_as_away(pool: Pool) -> None:
    with pytest.raises(Unavailable):
        await Postgres(pool).rows("SELECT pg_sleep(5)", timeout_s=0.05)


async def test_our_own_mistakes_stay_mistakes(pool: Pool) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await Postgres(pool).row("SELECT nonsense")
    with pytest.raises(asyncpg.InterfaceError):
        await Postgres(pool).row("SELECT $1::int")
