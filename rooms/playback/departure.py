"""A listener is gone: nobody waits for him, and a vote to skip is counted without him."""

from msgspec import Struct
from msgspec.structs import replace

from rooms.feature import Context, Outcome
from rooms.ids import Uuid
from rooms.playback import barrier
from rooms.playback.state import PlaybackState
from rooms.playback.turntable import conclude, on_playback
from rooms.queue.votes import count_again


class ListenerGone(Struct, frozen=True, kw_only=True):
    """A user's device left the room, or is not seen there any more (the hub's own command)."""

    room_id: Uuid
    user_id: Uuid
    op_id: Uuid | None = None


def lose_listener(state: PlaybackState, command: ListenerGone, context: Context) -> Outcome:
    """Starts without him what waited for him, and counts the votes to skip again.

    A page that is only loaded anew was waited for as well: it lands on the beat, as late ones do.
    The vote looks at `context.present`, where he stays for his grace.
    """
    table = after = on_playback(state, context)
    if state.status == "waiting":
        after = replace(table, playback=barrier.without(state, command.user_id.lower(), context))
    after = count_again(after, context)
    return conclude(table, after, context, "playback", None)
