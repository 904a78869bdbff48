"""Past sessions, read back from the log a page at a time."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from rooms.access import Principal, may_hear
from rooms.chat.records import MessageView, Moment, Reaction
from rooms.session.replay import Change, Play, moment_at, plays_of
from storage.backends import Pool
from storage.messages.pages import messages_at
from storage.postgres import Postgres

MAX_REPLAYED = 200
"""Lines of the log in one page."""
CHANGED, SAID, REACTED = "playback:changed", "message:created", "reaction:added"

_LINES = """
SELECT seq, event, data::text AS data, (extract(epoch FROM at) * 1000)::bigint AS at_ms
FROM stream_events
WHERE stream_id = $1 AND seq > $2
  AND event IN ('playback:changed', 'message:created', 'reaction:added')
ORDER BY seq LIMIT $3
"""

_BEFORE = """
SELECT seq, data::text AS data FROM stream_events
WHERE stream_id = $1 AND seq <= $2 AND event = 'playback:changed' ORDER BY seq DESC LIMIT 1
"""

_FOLLOWING = """
SELECT seq, data::text AS data FROM stream_events
WHERE stream_id = $1 AND seq > $2 AND event = 'playback:changed' ORDER BY seq LIMIT 1
"""

_TRACKS = """
SELECT id::text, title, artist, duration_ms, has_cover, is_public, creator_id::text,
       deleted_at IS NULL AND stream_status = 'ready' AS is_there
FROM tracks WHERE id = ANY($1::uuid[])
"""


class Played(Play, frozen=True, kw_only=True):
    """A play with what is known of its track now."""

    title: str
    artist: str | None
    duration_ms: int | None
    has_cover: bool
    playable: bool
    """Whether the caller may hear it now; else it passes in silence."""


class PastReaction(Reaction, frozen=True, kw_only=True):
    """An emoji, and when it came."""

    seq: int
    at_ms: int


class Replay(Struct, frozen=True, kw_only=True):
    """A page of a session's log, oldest first: what sounded, what was said, and how it was taken.

    Every message and reaction has its moment: its own, else where the music was when it came.
    """

    plays: tuple[Played, ...]
    messages: tuple[MessageView, ...]
    """As they read now; deleted ones and those of people whom the caller has blocked are left out.
    """
    reactions: tuple[PastReaction, ...]
    next_after: int | None
    """`after` of the next page; null: that was the last."""


class Replays:
    """Reads past sessions; raises `Unavailable` when PostgreSQL does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._postgres = Postgres(pool)

    async def page(self, room_id: str, after: int, limit: int, reader: Principal) -> Replay:
        """The next `limit` lines of a room's log behind `after`, as `reader` may see them."""
        lines = await self._postgres.rows(_LINES, room_id, after, limit + 1)
        more, lines = len(lines) > limit, lines[:limit]
        last = lines[-1]["seq"] if lines else after
        changes = [_change(line) for line in lines if line["event"] == CHANGED]
        before = await self._one(_BEFORE, room_id, after)
        following = await self._one(_FOLLOWING, room_id, last) if changes else None
        known = [*([] if before is None else [before]), *changes]
        came = {line["seq"]: line["at_ms"] for line in lines}
        said = [line["seq"] for line in lines if line["event"] == SAID]
        messages = await messages_at(self._pool, room_id, said, reader.user_id) if said else []
        return Replay(
            plays=await self._played(plays_of(changes, following), reader),
            messages=tuple(
                replace(m, moment=m.moment or moment_at(known, came[m.seq])) for m in messages
            ),
            reactions=tuple(_reaction(line, known) for line in lines if line["event"] == REACTED),
            next_after=last if more else None,
        )

    async def _played(self, plays: Sequence[Play], reader: Principal) -> tuple[Played, ...]:
        track_ids = sorted({play.track_id for play in plays})
        rows = await self._postgres.rows(_TRACKS, track_ids) if track_ids else []
        return tuple(_known(play, {row["id"]: row for row in rows}, reader) for play in plays)

    async def _one(self, query: str, room_id: str, seq: int) -> Change | None:
        row = await self._postgres.row(query, room_id, seq)
        return None if row is None else _change(row)


class _Changed(Struct, frozen=True):
    item_id: str | None
    track_id: str | None
    status: Any
    position_ms: int
    rate: float
    at_ms: int


def _change(row: Any) -> Change:
    data = msgspec.json.decode(row["data"], type=_Changed)
    return Change(seq=row["seq"], **asdict(data))


def _reaction(row: Any, changes: Sequence[Change]) -> PastReaction:
    reaction = msgspec.json.decode(row["data"], type=Reaction)
    moment: Moment | None = reaction.moment or moment_at(changes, row["at_ms"])
    fields = asdict(reaction) | {"moment": moment}
    return PastReaction(seq=row["seq"], at_ms=row["at_ms"], **fields)


def _known(play: Play, tracks: dict[str, Any], reader: Principal) -> Played:
    track = tracks.get(play.track_id)
    if track is None:
        unknown: dict[str, Any] = {"artist": None, "duration_ms": None, "has_cover": False}
        return Played(**asdict(play), title="", playable=False, **unknown)
    return Played(
        **asdict(play),
        title=track["title"],
        artist=track["artist"],
        duration_ms=track["duration_ms"],
        has_cover=track["has_cover"],
        playable=track["is_there"] and may_hear(track["is_public"], track["creator_id"], reader),
    )
