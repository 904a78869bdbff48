"""The shared transport of a room: its state, and how it looks on the wire."""

from typing import Any, Literal

from msgspec import Struct

from rooms.playback.timeline import Timeline
from rooms.session.schedule import Schedule, ScheduleView, show_schedule

Status = Literal["playing", "paused", "waiting", "ended"]

START_LEAD_MS = 1_000
"""From a command to its sound. It must exceed the way to every listener plus what his sound card
holds ahead (0.5 s with the large output buffer that keeps browsers together). With 0.9 to 1.2 s,
starts recorded from three browsers lay 0.2 to 3 ms apart; below that late ones miss the beat."""
STOP_LEAD_MS = 250
"""From a command to silence. Shorter than a start: whoever hears of it late plays on a little and
then stands at the common position, which nobody can hear, while a slow pause button can be felt."""


class PlaybackState(Struct, frozen=True, omit_defaults=True):
    """The slice. `PlaybackState()` is a new room's: paused, with nothing to play."""

    rev: int = 0
    """Grows with each `playback:changed`; what `if_rev` is compared with."""
    item_id: str | None = None
    """The queue's current item."""
    track_id: str | None = None
    duration_ms: int = 0
    """Length of that item."""
    status: Status = "paused"
    position_ms: int = 0
    rate: float = 1.0
    at_ms: int = 0
    """Unix ms from which this state holds; until then the one before it does."""
    ran_dry: bool = False
    """True when it ended while playing, for want of items: the next one added starts by itself."""
    asked: tuple[str, ...] = ()
    """Whom the start waited for when the waiting began."""
    waiting_for: tuple[str, ...] = ()
    """Those of them who are not ready yet."""
    deadline_ms: int | None = None
    """Unix ms when it starts without them."""
    barrier_rev: int = 0
    """`rev` when the waiting began; a `playback:ready` for an older one is too late."""
    prepared_id: str | None = None
    """The item that listeners were told to load."""
    host_id: str | None = None
    """The host, once one was made; before that the creator of the room."""
    schedule: Schedule = Schedule()
    """When the session begins and ends."""


class PlaybackChanged(Struct, frozen=True, kw_only=True):
    """The transport on the wire: position(t) = position_ms + rate * (t - at_ms) while playing."""

    rev: int
    queue_rev: int
    item_id: str | None
    track_id: str | None
    status: Status
    position_ms: int
    rate: float
    at_ms: int
    """Server time at which the position is `position_ms`."""
    effective_at_ms: int
    """Server time from which this holds; until then what held before does."""
    waiting_for: tuple[str, ...]
    deadline_ms: int | None


class PlaybackView(PlaybackChanged, frozen=True, kw_only=True):
    """The same with its host: a newcomer's snapshot, and the answer to every playback command."""

    host_id: str | None
    session: ScheduleView
    """When it begins and ends."""


class Source(Struct, frozen=True):
    """One way to get at a track's sound."""

    type: Literal["hls"]
    url: str
    """Path on the hub."""


class PlaybackPrepared(Struct, frozen=True, kw_only=True):
    """What comes next, in time to load it: it starts at `deadline_ms` without a gap."""

    item_id: str
    track_id: str
    position_ms: int
    sources: tuple[Source, ...]
    deadline_ms: int
    """Server time at which it is due to sound, if nobody changes anything."""


def line_of(playback: PlaybackState) -> Timeline:
    """The position of the current item over time."""
    return Timeline(
        playback.position_ms,
        playback.at_ms,
        running=playback.status == "playing",
        rate=playback.rate,
        duration_ms=playback.duration_ms,
    )


def show_changed(playback: PlaybackState, queue_rev: int) -> PlaybackChanged:
    """The payload of `playback:changed`."""
    return PlaybackChanged(**_wire(playback, queue_rev))


def show_playback(playback: PlaybackState, queue_rev: int, host_id: str | None) -> PlaybackView:
    """The transport as a newcomer sees it."""
    return PlaybackView(
        **_wire(playback, queue_rev), host_id=host_id, session=show_schedule(playback.schedule)
    )


def _wire(playback: PlaybackState, queue_rev: int) -> dict[str, Any]:
    return {
        "rev": playback.rev,
        "queue_rev": queue_rev,
        "item_id": playback.item_id,
        "track_id": playback.track_id,
        "status": playback.status,
        "position_ms": playback.position_ms,
        "rate": playback.rate,
        "at_ms": playback.at_ms,
        "effective_at_ms": playback.at_ms,
        "waiting_for": playback.waiting_for,
        "deadline_ms": playback.deadline_ms,
    }
