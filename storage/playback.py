"""Rows of playback: the member a room is handed over to."""

from collections.abc import Sequence
from typing import Any

from rooms.playback_commands import TransferHost
from rooms.room import Member
from storage.commit.loading import load_members
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission


async def load_playback_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[Member | None]:
    """For each hand-over, the membership of who is to be host; None for everything else."""
    heirs = [_heir(item) for item in submissions]
    wanted = {heir for heir in heirs if heir is not None}
    members = await load_members(connection, wanted) if wanted else {}
    return [members.get(heir) if heir is not None else None for heir in heirs]


async def write_playback_rows(_connection: Connection, rows: Sequence[Any]) -> None:
    """Playback lives in its slice alone.

    Raises:
        TypeError: a rule of playback returned rows, which nobody would ever read.
    """
    raise TypeError(f"playback keeps no rows, and got {len(rows)}")


PLAYBACK_ROWS = RowStore(load_playback_rows, write_playback_rows)


def _heir(item: Submission) -> tuple[str, str] | None:
    if isinstance(item.payload, TransferHost) and item.room_id is not None:
        return item.room_id, item.payload.user_id.lower()
    return None
