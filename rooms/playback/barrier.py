"""Waiting until enough listeners have loaded what is about to play, and never for ever.

The failure of every group player is one silent member who stops all others. Here the wait has a
deadline from its first moment, names whom it waits for, and counts only who was there at its start.
"""

from msgspec.structs import replace

from rooms.feature import Context
from rooms.playback.controls import room_of
from rooms.playback.state import START_LEAD_MS, PlaybackState

MAX_ASKED = 50
"""Above this many listeners, or in an auditorium, nobody is waited for: each answer is an event for
everybody (n² of them), and in a crowd there is always someone on a bad network. Late ones land on
the beat."""


def asked(context: Context) -> tuple[str, ...]:
    """Whom a start has to wait for; nobody if the policy says so or the room is a crowd."""
    policy = room_of(context).policy
    most = min(MAX_ASKED, policy.auditorium_from)
    if policy.wait == "never" or len(context.present) > most:
        return ()
    return tuple(dict.fromkeys(context.present))


def wait(playback: PlaybackState, users: tuple[str, ...], context: Context) -> PlaybackState:
    """The state with a barrier before it: the position stands until `start`."""
    return replace(
        playback,
        status="waiting",
        asked=users,
        waiting_for=users,
        deadline_ms=context.now_ms + room_of(context).policy.wait_deadline_ms,
        barrier_rev=playback.rev,
    )


def answered(playback: PlaybackState, context: Context) -> PlaybackState:
    """The actor is ready: one fewer to wait for, and a start once they are enough."""
    left = tuple(user for user in playback.waiting_for if user != context.actor.user_id)
    return _settled(replace(playback, rev=playback.rev + 1, waiting_for=left), context)


def without(playback: PlaybackState, user_id: str, context: Context) -> PlaybackState:
    """Somebody is gone: he is not waited for, and does not count among those who were asked."""
    if user_id not in playback.waiting_for:
        return playback
    asked = tuple(user for user in playback.asked if user != user_id)
    left = tuple(user for user in playback.waiting_for if user != user_id)
    gone = replace(playback, rev=playback.rev + 1, asked=asked, waiting_for=left)
    return _settled(gone, context)


def _settled(playback: PlaybackState, context: Context) -> PlaybackState:
    """The same, started if those who are ready are enough."""
    ready_count = len(playback.asked) - len(playback.waiting_for)
    majority = room_of(context).policy.wait == "majority"
    if not playback.waiting_for or (majority and ready_count * 2 > len(playback.asked)):
        return _started(playback, context.now_ms)
    return playback


def start(playback: PlaybackState, now_ms: int) -> PlaybackState:
    """Ends the waiting, with whoever is ready."""
    return _started(replace(playback, rev=playback.rev + 1), now_ms)


def lifted(playback: PlaybackState) -> PlaybackState:
    """The state without its barrier."""
    return replace(playback, asked=(), waiting_for=(), deadline_ms=None)


def _started(playback: PlaybackState, now_ms: int) -> PlaybackState:
    at_ms = max(now_ms + START_LEAD_MS, playback.at_ms)
    return lifted(replace(playback, status="playing", at_ms=at_ms))
