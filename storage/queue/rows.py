"""Rows of the queue: tracks that commands name, playlists it plays on from or is saved as."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from rooms.access import may_put_on
from rooms.playback.timers import Refill
from rooms.queue.commands import AddItems, UpdateQueue
from rooms.queue.items import TrackCard
from rooms.queue.saving import SavedQueue
from rooms.queue.suggestions import ApproveSuggestion, SuggestItem
from storage.backends import Pool
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission
from storage.queue.choices import choose

_TRACKS = """
SELECT t.id::text, t.title, t.artist, t.duration_ms, t.is_public, t.creator_id::text,
       t.has_cover,
       t.stream_status = 'ready' AND t.duration_ms IS NOT NULL AS ready,
       t.status = 'failed' AS failed
FROM tracks t WHERE t.id = ANY($1::uuid[]) AND t.deleted_at IS NULL
"""

_SUGGESTED = """
SELECT s ->> 'track_id' FROM slices, json_array_elements(state -> 'suggestions') AS s
WHERE stream_id = $1 AND feature = 'queue' AND s ->> 'id' = $2
"""

_VISIBLE_PLAYLIST = """
SELECT EXISTS (
    SELECT FROM playlists p
    LEFT JOIN playlist_collaborators c ON c.playlist_id = p.id AND c.user_id = $2
    WHERE p.id = $1 AND p.deleted_at IS NULL
        AND (coalesce(p.is_public, true) OR p.user_id = $2 OR c.user_id IS NOT NULL))
"""

# A scan of the queues, one row a room: a track becomes ready once, and most queues are short.
_WAITING = """
SELECT stream_id::text FROM slices
WHERE feature = 'queue' AND position($1 IN state::text) > 0
"""

_WITHOUT_LEAVE = """
SELECT stream_id::text FROM slices
WHERE feature = 'queue' AND position($1 IN state::text) > 0
  AND NOT EXISTS (SELECT FROM json_array_elements(state -> 'items') AS item
                  WHERE item ->> 'track_id' = $1 AND item -> 'added_by' ->> 'user_id' = $2)
"""

# A track that has been deleted meanwhile is left out, and the others close up.
_SAVE = """
WITH saved AS (
    INSERT INTO playlists (id, user_id, name, is_public, track_count)
    SELECT $1, $2, $3, $4, count(*) FROM unnest($5::uuid[]) AS q (id) JOIN tracks USING (id)
    RETURNING id
)
INSERT INTO playlist_tracks (playlist_id, track_id, position, added_by, added_at)
SELECT saved.id, t.id, row_number() OVER (ORDER BY q.n) - 1, $2, now()
FROM saved, unnest($5::uuid[]) WITH ORDINALITY AS q (id, n) JOIN tracks t USING (id)
"""


async def load_queue_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[Any]:
    """For each command what its rule asks for.

    Tracks by id for those that name some or want the hub to choose (what does not exist is left
    out); for `queue:update`, whether the actor may see the playlist.
    """
    named = [await _track_ids(connection, item) for item in submissions]
    wanted = sorted({track_id for track_ids in named for track_id in track_ids})
    rows = {r["id"]: r for r in await connection.fetch(_TRACKS, wanted)} if wanted else {}
    return [
        await _sees_playlist(connection, item.payload, item.actor.user_id)
        if isinstance(item.payload, UpdateQueue)
        else _cards(rows, track_ids, item.actor.user_id)
        for item, track_ids in zip(submissions, named, strict=True)
    ]


async def write_queue_rows(connection: Connection, rows: Sequence[SavedQueue]) -> None:
    """Saved queues become playlists."""
    for saved in rows:
        await connection.execute(
            _SAVE,
            saved.playlist_id,
            saved.user_id,
            saved.name,
            saved.is_public,
            list(saved.track_ids),
        )


QUEUE_ROWS = RowStore(load_queue_rows, write_queue_rows)


async def rooms_waiting_for(pool: Pool, track_id: str) -> list[str]:
    """Rooms whose queue holds this track."""
    return [row["stream_id"] for row in await pool.fetch(_WAITING, track_id)]


async def rooms_without_leave(pool: Pool, track_id: str, owner_id: str) -> list[str]:
    """Rooms whose queue holds this track, but not because its owner has put it there."""
    rows = await pool.fetch(_WITHOUT_LEAVE, track_id, owner_id)
    return [row["stream_id"] for row in rows]


async def _track_ids(connection: Connection, item: Submission) -> tuple[str, ...]:
    match item.payload:
        case AddItems(track_ids=track_ids):
            return tuple(track_id.lower() for track_id in track_ids)
        case SuggestItem(track_id=track_id):
            return (track_id.lower(),)
        case ApproveSuggestion(room_id=room_id, suggestion_id=suggestion_id):
            found = await connection.fetchval(_SUGGESTED, room_id, suggestion_id.lower())
        case Refill(playlist_id=playlist_id, autoplay=autoplay, heard=heard):
            found = await choose(connection, playlist_id, autoplay == "similar", heard)
        case _:
            return ()
    return () if found is None else (found,)


async def _sees_playlist(connection: Connection, update: UpdateQueue, user_id: str) -> bool:
    playlist_id = update.fallback_playlist_id
    if playlist_id is None or playlist_id is UNSET:
        return True
    seen: bool = await connection.fetchval(_VISIBLE_PLAYLIST, playlist_id, user_id)
    return seen


def _cards(rows: Mapping[str, Any], track_ids: Sequence[str], user_id: str) -> dict[str, TrackCard]:
    return {
        track_id: TrackCard(
            id=track_id,
            title=row["title"],
            artist=row["artist"],
            duration_ms=row["duration_ms"],
            ready=row["ready"],
            failed=row["failed"],
            has_cover=row["has_cover"],
            may_hear=may_put_on(row["is_public"], row["creator_id"], user_id),
        )
        for track_id in track_ids
        if (row := rows.get(track_id)) is not None
    }
