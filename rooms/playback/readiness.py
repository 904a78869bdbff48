"""Listeners answer a start that waits for them: loaded, run dry, or not at all."""

from msgspec.structs import replace

from rooms.feature import Context, Outcome
from rooms.playback import barrier
from rooms.playback.commands import Buffered
from rooms.playback.state import PlaybackState
from rooms.playback.timers import Due
from rooms.playback.turntable import conclude, on_playback, view


def ready(state: PlaybackState, command: Buffered, context: Context) -> Outcome:
    """A listener has loaded the item; with enough of them the start is set."""
    table = after = on_playback(state, context)
    if _is_waited_for(state, command) and context.actor.user_id in state.waiting_for:
        after = replace(table, playback=barrier.answered(state, context))
    return conclude(table, after, context, "playback", view(after, context))


def buffering(state: PlaybackState, command: Buffered, context: Context) -> Outcome:
    """A listener ran out of sound.

    Before a start he is waited for again, until the deadline. While the others hear music nothing
    stops for him: he comes back on the beat.
    """
    table = after = on_playback(state, context)
    actor_id = context.actor.user_id
    if _is_waited_for(state, command) and actor_id in set(state.asked) - set(state.waiting_for):
        waiting_for = (*state.waiting_for, actor_id)
        playback = replace(state, rev=state.rev + 1, waiting_for=waiting_for)
        after = replace(table, playback=playback)
    return conclude(table, after, context, "playback", view(after, context))


def deadline(state: PlaybackState, command: Due, context: Context) -> Outcome:
    """Nobody is waited for any longer (timer `playback.barrier`)."""
    table = after = on_playback(state, context)
    if state.status == "waiting" and state.barrier_rev == command.rev:
        after = replace(table, playback=barrier.start(state, context.now_ms))
    return conclude(table, after, context, "playback", view(after, context))


def _is_waited_for(state: PlaybackState, command: Buffered) -> bool:
    return (
        state.status == "waiting"
        and state.item_id == command.item_id.lower()
        and command.rev >= state.barrier_rev
    )
