"""Migrations: once, in order, whole or not at all, one migrator at a time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from storage.migrate import MigrationChanged, migrate, pending
from tests.conftest import Servers

FOLDER = Path(__file__).parents[2] / "migrations"


@pytest.fixture
def empty_url(servers: Servers, database_url: str) -> str:
    """This test's database, emptied."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return database_url


def test_every_file_is_applied_once_and_in_order(empty_url: str) -> None:
    names = sorted(path.stem for path in FOLDER.glob("*.sql"))
    assert pending(empty_url) == names
    assert migrate(empty_url) == names
    assert pending(empty_url) == []
    assert migrate(empty_url) == []


def test_two_migrators_at_once_apply_each_file_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(empty_url), range(4)))
    names = sorted(path.stem for path in FOLDER.glob("*.sql"))
    assert sorted(name for each in applied for name in each) == names


def test_a_file_that_fails_leaves_nothing_of_itself(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (id int);")
    bad = tmp_path / "0002_bad.sql"
    bad.write_text("CREATE TABLE half (id int);\nCREATE TABLE half (id int);")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(empty_url, tmp_path)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
        assert connection.execute("SELECT to_regclass('good')").fetchone() == ("good",)
    bad.write_text("CREATE TABLE half (id int);")
    assert migrate(empty_url, tmp_path) == ["0002_bad"]


def test_a_dollar_quoted_body_arrives_whole(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_function.sql").write_text(
        "-- a function; with a semicolon\n"
        "CREATE FUNCTION half(n int) RETURNS int LANGUAGE plpgsql AS $body$\n"
        "BEGIN\n  IF n % 2 = 0 THEN RETURN n / 2; END IF;\n  RETURN NULL;\nEND\n$body$;\n"
    )
    migrate(empty_url, tmp_path)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT half(8)").fetchone() == (4,)


def test_a_changed_file_is_refused_by_name(empty_url: str, tmp_path: Path) -> None:
    path = tmp_path / "0001_first.sql"
    path.write_text("CREATE TABLE first (id int);")
    migrate(empty_url, tmp_path)
    path.write_text("CREATE TABLE first (id bigint);")
    with pytest.raises(MigrationChanged, match="0001_first"):
        migrate(empty_url, tmp_path)


def test_a_lock_row_left_by_a_crash_is_no_obstacle(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id int);")
    migrate(empty_url, tmp_path)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4242)")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE second (id int);")
    assert migrate(empty_url, tmp_path) == ["0002_second"]
