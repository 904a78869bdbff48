"""Commands at the terminal, run as a person runs them."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

DEADLINE_S = 60


def veza(*argv: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end, with none of the caller's settings."""
    kept = {name: text for name, text in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(
        [sys.executable, "-m", "hub", *argv],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def test_migrate_says_what_it_did_and_the_second_time_that_there_was_nothing(
    database_url: str,
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    first = veza("migrate", DATABASE_URL=database_url)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == "applied 0001_accounts"
    assert veza("migrate", DATABASE_URL=database_url).stdout == "nothing to apply\n"


def test_a_process_says_which_setting_it_misses_or_refuses() -> None:
    missing = veza("serve")
    assert missing.returncode == 2
    assert "DATABASE_URL is not set" in missing.stderr
    wrong = veza("work", DATABASE_URL="nonsense", REDIS_URL="redis://127.0.0.1")
    assert wrong.returncode == 2
    assert "DATABASE_URL expects an address that starts with postgresql://" in wrong.stderr
    assert "Traceback" not in missing.stderr + wrong.stderr


def test_production_does_not_start_on_a_default_secret(database_url: str) -> None:
    refused = veza(
        "serve",
        APP_ENV="production",
        DATABASE_URL=database_url,
        REDIS_URL="redis://127.0.0.1",
        JWT_SECRET="change-me-change-me-change-me-change-me",
    )
    assert refused.returncode == 2
    assert "JWT_SECRET is a well-known or guessable secret" in refused.stderr


def test_user_create_makes_an_account_and_refuses_a_second(
    database_url: str, redis_url: str
) -> None:
    services = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    argv = ("user", "create", "ada", "--email", "ada@example.org")
    made = veza(*argv, VEZA_PASSWORD="a long passphrase", **services)
    assert made.returncode == 0, made.stderr
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT password_hash FROM users WHERE username = 'ada'")
        [(password_hash,)] = row.fetchall()
    assert password_hash.startswith("$2b$12$")
    again = veza(*argv, VEZA_PASSWORD="a long passphrase", **services)
    assert again.returncode == 2
    assert "Traceback" not in again.stderr


def test_user_create_keeps_the_rules_of_registration(database_url: str, redis_url: str) -> None:
    short = veza(
        *("user", "create", "ada", "--email", "ada@example.org"),
        VEZA_PASSWORD="short",
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
    )
    assert short.returncode == 2
    assert "password" in short.stderr


def test_without_a_hub_to_work_on_the_ways_to_name_one_are_told(tmp_path: Path) -> None:
    lost = veza(
        "user",
        "create",
        "ada",
        "--email",
        "a@b.org",
        "--data",
        str(tmp_path),
        VEZA_PASSWORD="a long passphrase",
    )
    assert lost.returncode == 2
    assert "no `veza up` runs on" in lost.stderr


def test_an_empty_folder_is_no_import(tmp_path: Path) -> None:
    nothing = veza("import", str(tmp_path))
    assert nothing.returncode == 2
    assert "there is no music below" in nothing.stderr
