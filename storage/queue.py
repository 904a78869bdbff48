"""Rows of the queue: the tracks a command names, and the rooms that wait for a track."""

from collections.abc import Mapping, Sequence
from typing import Any

from rooms.queue_commands import AddItems
from rooms.queue_items import TrackCard
from storage.backends import Pool
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission

_TRACKS = """
SELECT t.id::text, t.title, t.artist, t.duration_ms, t.is_public, t.creator_id::text,
       t.stream_status = 'ready' AND t.duration_ms IS NOT NULL AS ready,
       t.status = 'failed' AS failed
FROM tracks t WHERE t.id = ANY($1::uuid[]) AND t.deleted_at IS NULL
"""

# A scan of the queues, one row a room: a track becomes ready once, and most queues are short.
_WAITING = """
SELECT stream_id::text FROM slices
WHERE feature = 'queue' AND position($1 IN state::text) > 0
"""


async def load_queue_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[Mapping[str, TrackCard]]:
    """For each command, the tracks it names by id; tracks that do not exist are left out."""
    named = [_track_ids(item) for item in submissions]
    wanted = sorted({track_id for track_ids in named for track_id in track_ids})
    if not wanted:
        return [{}] * len(submissions)
    rows = {row["id"]: row for row in await connection.fetch(_TRACKS, wanted)}
    return [
        {
            track_id: _card(rows[track_id], item.actor.user_id)
            for track_id in track_ids
            if track_id in rows
        }
        for item, track_ids in zip(submissions, named, strict=True)
    ]


async def write_queue_rows(_connection: Connection, rows: Sequence[Any]) -> None:
    """The queue lives in its slice alone.

    Raises:
        TypeError: a rule of the queue returned rows, which nobody would ever read.
    """
    raise TypeError(f"the queue keeps no rows, and got {len(rows)}")


QUEUE_ROWS = RowStore(load_queue_rows, write_queue_rows)


async def rooms_waiting_for(pool: Pool, track_id: str) -> list[str]:
    """Rooms whose queue holds this track."""
    return [row["stream_id"] for row in await pool.fetch(_WAITING, track_id)]


def _track_ids(item: Submission) -> tuple[str, ...]:
    if isinstance(item.payload, AddItems):
        return tuple(track_id.lower() for track_id in item.payload.track_ids)
    return ()


def _card(row: Any, user_id: str) -> TrackCard:
    return TrackCard(
        id=row["id"],
        title=row["title"],
        artist=row["artist"],
        duration_ms=row["duration_ms"],
        ready=row["ready"],
        failed=row["failed"],
        may_hear=row["is_public"] or row["creator_id"] == user_id,
    )
