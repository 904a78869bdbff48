"""Accounts and tracks for tests of the stores."""

from typing import Any

from storage.accounts.accounts import Account, Accounts, NewAccount
from storage.backends import Pool


async def add_account(pool: Pool, username: str = "alice", **changes: Any) -> Account:
    """An account whose password nobody knows."""
    fields: dict[str, Any] = {
        "username": username,
        "email": f"{username}@example.org",
        "password_hash": "$2b$04$nothing",
        "display_name": username.title(),
        "role": "content_creator",
    }
    return await Accounts(pool).register(NewAccount(**(fields | changes)))


async def add_track(pool: Pool, title: str, **columns: Any) -> str:
    """A finished public track; returns its UUID."""
    values = {"title": title, "status": "completed"} | columns
    marks = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    track_id = await pool.fetchval(
        f"INSERT INTO tracks ({', '.join(values)}) VALUES ({marks}) RETURNING id::text",  # noqa: S608
        *values.values(),
    )
    return str(track_id)
