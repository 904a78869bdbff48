"""`veza loadtest users`: thousands of people within seconds, and never in production."""

import time
from pathlib import Path

import psycopg

from tests.client import connected
from tests.hub.cli.test_commands import veza
from tests.nodes import SECRET, OpenNode


async def test_five_thousand_users_have_tokens_within_ten_seconds(
    database_url: str, redis_url: str, open_one: OpenNode
) -> None:
    services = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET}
    began_s = time.monotonic()
    made = veza("loadtest", "users", "5000", **services)
    took_s = time.monotonic() - began_s
    assert made.returncode == 0, made.stderr
    tokens = made.stdout.split()
    assert len(set(tokens)) == 5000
    assert took_s < 10
    node = await open_one()
    async with connected(node.url, tokens[-1]) as client:
        hello = await client.wait_for("hello")
    assert hello["user"]["username"].startswith("load-")


def test_production_makes_no_users_that_nobody_owns(database_url: str, redis_url: str) -> None:
    refused = veza(
        *("loadtest", "users", "1"),
        APP_ENV="production",
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        JWT_SECRET=SECRET,
        PUBLIC_URL="https://hub.example.org",
    )
    assert refused.returncode == 2
    assert "production" in refused.stderr
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM users WHERE username LIKE 'load-%'")
        assert row.fetchone() == (0,)


def test_without_the_key_of_the_nodes_there_are_no_tokens(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    refused = veza(
        *("loadtest", "users", "1"),
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        DATA=str(tmp_path),  # the default may hold the key of a hub that was tried by hand
    )
    assert refused.returncode == 2
    assert "JWT_SECRET" in refused.stderr
