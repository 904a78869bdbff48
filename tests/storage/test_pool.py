"""Connections of the pool on bad days: nobody waits for ever."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import pytest

from rooms.errors import Unavailable
from storage.accounts.arrivals import arrivals
from storage.backends import open_pool
from storage.postgres import Postgres
from tests.faults.harness.proxy import Proxy, open_proxy
from tests.people import fresh_id

WITHIN_S = 15.0
"""For steps of 2 and 4 s on a busy machine; asyncpg's own would take 60 s, or for ever."""


def through(proxy: Proxy, database_url: str) -> str:
    """The database, on the other end of `proxy`."""
    parts = urlsplit(database_url)
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{proxy.port}"))


async def test_a_line_that_swallows_answers_is_given_up(database_url: str) -> None:
    """As a NAT does that has forgotten it: nothing comes back, and no reset either."""
    port = urlsplit(database_url).port
    assert port is not None
    async with open_proxy(port) as proxy, open_pool(through(proxy, database_url), 1) as pool:
        assert await Postgres(pool).value("SELECT 1") == 1
        proxy.half_open()
        async with asyncio.timeout(WITHIN_S):
            with pytest.raises(Unavailable):
                await arrivals(pool, [fresh_id()])
        proxy.heal()  # the connection stays as it is: what was swallowed never comes
        async with asyncio.timeout(WITHIN_S):
            assert await arrivals(pool, [fresh_id()]) == {}


async def test_queries_have_a_time(database_url: str) -> None:
    async with open_pool(database_url, 1, query_s=0.1) as pool:
        with pytest.raises(Unavailable):
            await Postgres(pool).value("SELECT pg_sleep(20)")
        assert await Postgres(pool).value("SELECT 1") == 1


async def test_a_connection_is_not_waited_for_for_ever(database_url: str) -> None:
    async with open_pool(database_url, 1) as pool, pool.acquire(), asyncio.timeout(WITHIN_S):
        with pytest.raises(Unavailable):
            await Postgres(pool).value("SELECT 1")
