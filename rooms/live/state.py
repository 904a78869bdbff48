"""Broadcasts of a room: the slice, and how they look on the wire."""

from typing import Literal

from msgspec import Struct

from rooms.times import iso

MAX_BROADCASTS = 50
"""Broadcasts of one room that are remembered; older ones are in the log and in their table."""


Status = Literal["scheduled", "live", "interrupted", "ended"]


class Metadata(Struct, frozen=True, omit_defaults=True):
    """What is being played on air."""

    title: str | None = None
    artist: str | None = None
    track_id: str | None = None


class Broadcast(Struct, frozen=True, kw_only=True):
    """One live as its room keeps it."""

    id: str
    user_id: str
    """Whose it is: he may publish, he and moderators may end it."""
    streamer_name: str
    title: str
    description: str | None = None
    status: Status = "scheduled"
    publication: int = 0
    """Number of the newest connection of its broadcaster."""
    created_at_ms: int
    scheduled_at_ms: int | None = None
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    grace_until_ms: int | None = None
    metadata: Metadata = Metadata()
    recording_track_id: str | None = None


class LiveState(Struct, frozen=True):
    """Broadcasts of a room, oldest first."""

    broadcasts: tuple[Broadcast, ...] = ()

    def find(self, live_id: str) -> Broadcast | None:
        """The broadcast of that id."""
        return next((b for b in self.broadcasts if b.id == live_id.lower()), None)

    @property
    def on_air(self) -> Broadcast | None:
        """The broadcast that is live, or waits for its broadcaster to come back."""
        return next((b for b in self.broadcasts if b.status in ("live", "interrupted")), None)


class LiveRecord(Struct, frozen=True, kw_only=True):
    """A broadcast on the wire."""

    id: str
    room_id: str
    user_id: str
    streamer_name: str
    title: str
    description: str | None
    status: Status
    created_at: str
    scheduled_at: str | None
    started_at: str | None
    ended_at: str | None
    grace_until_ms: int | None
    fallback: Literal["silence"] | None
    """What listeners hear while the broadcaster is away."""
    metadata: Metadata
    hls_url: str
    recording_track_id: str | None


class Started(LiveRecord, frozen=True, kw_only=True):
    """Answer to `live:start`: where to send the sound (WHIP, RFC 9725)."""

    whip_url: str


class MetadataUpdated(Struct, frozen=True, kw_only=True):
    """Something else is being played on air."""

    live_id: str
    metadata: Metadata


class RecordingReady(Struct, frozen=True, kw_only=True):
    """The recording can be heard as a track (once it has been processed)."""

    live_id: str
    track_id: str


def record_of(broadcast: Broadcast, room_id: str) -> LiveRecord:
    """The same where no command runs."""
    return LiveRecord(
        id=broadcast.id,
        room_id=room_id,
        user_id=broadcast.user_id,
        streamer_name=broadcast.streamer_name,
        title=broadcast.title,
        description=broadcast.description,
        status=broadcast.status,
        created_at=iso(broadcast.created_at_ms),
        scheduled_at=_iso(broadcast.scheduled_at_ms),
        started_at=_iso(broadcast.started_at_ms),
        ended_at=_iso(broadcast.ended_at_ms),
        grace_until_ms=broadcast.grace_until_ms,
        fallback="silence" if broadcast.status == "interrupted" else None,
        metadata=broadcast.metadata,
        hls_url=f"/live/{broadcast.id}/master.m3u8",
        recording_track_id=broadcast.recording_track_id,
    )


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)
