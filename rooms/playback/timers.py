"""What the hub has to do later for a queue and its playback: set anew whenever either changed."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from rooms.feature import Context, RunAt
from rooms.ids import Uuid
from rooms.playback.controls import room_of
from rooms.playback.state import PlaybackState, line_of
from rooms.playback.timeline import end_at
from rooms.queue.items import Autoplay, QueueState

PREPARE_MS = 10_000
"""Before the end of an item listeners are told what comes: time to fetch two segments on 4G."""
REFILL_MS = PREPARE_MS + 10_000
"""Before the end of the last item the hub looks for more, so that it can still be prepared."""
MAX_HEARD = 50
"""Tracks that autoplay keeps away from, the last ones heard."""


class Due(Struct, frozen=True, kw_only=True):
    """Payload of the timers: what they were set for. A later `rev` makes them void."""

    room_id: Uuid
    item_id: Uuid | None = None
    rev: int


class Refill(Struct, frozen=True, kw_only=True):
    """Look for something to play, since nothing waits (the hub's own command)."""

    room_id: Uuid
    playlist_id: Uuid | None
    autoplay: Autoplay
    heard: Annotated[tuple[Uuid, ...], Meta(max_length=MAX_HEARD)]
    """Tracks that were heard, the last one last."""
    rev: int
    """`queue_rev` when it was asked for; two looks of one room are two commands."""
    op_id: Uuid | None = None


def end_ms(playback: PlaybackState) -> int | None:
    """Unix ms at which the current item ends by itself; None unless it is playing."""
    return end_at(line_of(playback))


def playback_timers(
    before: PlaybackState, after: PlaybackState, context: Context
) -> tuple[RunAt, ...]:
    """Timers of a transport that has changed."""
    due = Due(room_id=room_of(context).id, item_id=after.item_id, rev=after.rev)
    timers: list[RunAt] = []
    if (end := end_ms(after)) is not None:
        timers.append(RunAt("playback.end", end, "playback:ended", due))
        soon = end - PREPARE_MS
        later = soon if soon > context.now_ms else None
        timers.append(RunAt("playback.prepare", later, "playback:prepare", due))
    elif before.status == "playing":
        timers += [RunAt("playback.end", None), RunAt("playback.prepare", None)]
    if after.deadline_ms is not None:
        held = replace(due, rev=after.barrier_rev)
        timers.append(RunAt("playback.barrier", after.deadline_ms, "playback:deadline", held))
    elif before.deadline_ms is not None:
        timers.append(RunAt("playback.barrier", None))
    return tuple(timers)


def refill_timers(
    before: tuple[QueueState, PlaybackState],
    after: tuple[QueueState, PlaybackState],
    context: Context,
) -> tuple[RunAt, ...]:
    """When to look for more: before the last item ends, or at once when the music has stopped."""
    at_ms = _refill_at(*after, context.now_ms)
    asked_ms = _refill_at(*before, context.now_ms)
    if at_ms is None:
        return () if asked_ms is None else (RunAt("queue.refill", None),)
    queue, playback = after
    if (
        asked_ms is not None
        and before[1].rev == playback.rev
        and _source(before[0]) == _source(queue)
    ):
        return ()
    heard = [*(item.track_id for item in queue.history), *(item.track_id for item in queue.items)]
    wanted = Refill(
        room_id=room_of(context).id,
        playlist_id=queue.fallback_playlist_id,
        autoplay=queue.autoplay,
        heard=tuple(heard[-MAX_HEARD:]),
        rev=queue.rev,
    )
    return (RunAt("queue.refill", at_ms, "queue:refill", wanted),)


def _refill_at(queue: QueueState, playback: PlaybackState, now_ms: int) -> int | None:
    wanted = queue.fallback_playlist_id is not None or queue.autoplay != "off"
    if not wanted or queue.repeat != "off" or any(item.playable for item in queue.pending):
        return None
    if playback.status == "ended" and playback.ran_dry:
        return now_ms
    end = end_ms(playback)
    return None if end is None else max(end - REFILL_MS, now_ms)


def _source(queue: QueueState) -> tuple[str | None, Autoplay]:
    return queue.fallback_playlist_id, queue.autoplay
