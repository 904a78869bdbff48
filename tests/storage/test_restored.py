"""A backup that was restored is found out, and its logs begin new epochs."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from storage.backends import Pool, open_pool
from storage.embedded.postgres import _BIN
from storage.restored import renew_epochs, settle_cluster, settle_folder

_NEW_STREAM = "INSERT INTO streams (id, kind, epoch, head_seq) VALUES ($1, 'room', 'before', 700)"
STREAM_ID = "01890000-0000-7000-8000-000000000001"


def tool(name: str, *argv: str) -> None:
    """Runs a tool of PostgreSQL, as an operator does."""
    subprocess.run([str(_BIN / name), *argv], check=True, capture_output=True, timeout=60)


async def epoch_of(pool: Pool, stream_id: str) -> str:
    epoch: str = await pool.fetchval("SELECT epoch FROM streams WHERE id = $1", stream_id)
    return epoch


@asynccontextmanager
async def another_database(database_url: str) -> AsyncIterator[str]:
    """An empty database beside this one."""
    name = f"{urlsplit(database_url).path[1:]}_restored"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield database_url.rpartition("/")[0] + f"/{name}"
        finally:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
async def stream(pool: Pool) -> str:
    await pool.execute(_NEW_STREAM, STREAM_ID)
    return STREAM_ID


async def test_a_database_that_stays_keeps_its_epochs(pool: Pool, stream: str) -> None:
    for _ in range(3):
        assert not await settle_cluster(pool)
    assert await epoch_of(pool, stream) == "before"


async def test_a_dump_in_another_database_begins_anew(
    pool: Pool, database_url: str, stream: str, tmp_path: Path
) -> None:
    await settle_cluster(pool)
    dump = str(tmp_path / "dump")
    tool("pg_dump", "--format=custom", f"--file={dump}", database_url)
    async with another_database(database_url) as elsewhere:
        tool("pg_restore", f"--dbname={elsewhere}", dump)
        async with open_pool(elsewhere, size=2) as restored:
            rev = await pool.fetchval("SELECT rev FROM streams")
            assert await settle_cluster(restored)
            after = await restored.fetch("SELECT epoch, head_seq, rev FROM streams")
            assert [(row["head_seq"], row["rev"]) for row in after] == [(700, rev + 1)]
            assert after[0]["epoch"] not in ("before", "")
            assert not await settle_cluster(restored)
    assert not await settle_cluster(pool)


async def test_a_dump_over_the_same_database_begins_anew(
    pool: Pool, database_url: str, stream: str, tmp_path: Path
) -> None:
    await settle_cluster(pool)
    dump = str(tmp_path / "dump")
    tool("pg_dump", "--format=custom", f"--file={dump}", database_url)
    await pool.execute("UPDATE streams SET head_seq = 900")
    tool("pg_restore", "--clean", "--if-exists", f"--dbname={database_url}", dump)
    async with open_pool(database_url, size=2) as restored:
        assert await settle_cluster(restored)
        assert await epoch_of(restored, stream) != "before"


async def test_a_folder_that_was_copied_back_begins_anew(
    pool: Pool, stream: str, tmp_path: Path
) -> None:
    control = tmp_path / "global" / "pg_control"
    control.parent.mkdir()
    control.write_bytes(b"as it was")
    assert not await settle_folder(pool, tmp_path)
    with control.open("r+b") as file:
        file.write(b"rewritten in place")
    assert not await settle_folder(pool, tmp_path)
    os.link(control, tmp_path / "kept")  # so that its number is not given to the copy
    (tmp_path / "copy").write_bytes(control.read_bytes())
    (tmp_path / "copy").rename(control)
    assert await settle_folder(pool, tmp_path)
    assert await epoch_of(pool, stream) != "before"
    assert not await settle_folder(pool, tmp_path)


async def test_an_operator_can_say_it(pool: Pool, stream: str) -> None:
    assert await renew_epochs(pool) == 1
    first = await epoch_of(pool, stream)
    assert await renew_epochs(pool) == 1
    assert await epoch_of(pool, stream) not in ("before", first)
