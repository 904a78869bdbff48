"""Queued tracks that were still being processed: they become playable, or never will be."""

from rooms.feature import Context, Outcome
from rooms.playback.turntable import edit_of, edited, on_queue, skip, wake
from rooms.queue import commands as ask
from rooms.queue import edits as queue_edits
from rooms.queue.items import QueueState
from rooms.queue.settings import settled


def track_ready(state: QueueState, command: ask.TrackReady, context: Context) -> Outcome:
    """A queued upload has become playable; the silence that waited for it ends."""
    table = on_queue(state, context)
    edit = queue_edits.make_ready(edit_of(table), command)
    return settled(table, wake(edited(table, edit), context), context)


def track_failed(state: QueueState, command: ask.TrackFailed, context: Context) -> Outcome:
    """A queued track is no more: pending items of it fail, a playing one is skipped.

    Nor is it played again by `playback:previous`, or brought back by an undo.
    """
    table = on_queue(state, context)
    track_id = command.track_id.lower()
    edit = queue_edits.fail(edit_of(table), track_id, context.now_ms)
    after = edited(table, edit)
    if state.current is not None and state.current.track_id == track_id:
        after = skip(after, context, "error")
    return settled(table, after, context)
