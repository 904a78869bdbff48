"""A host who is gone: he has a grace to come back, then the room's policy decides who drives.

Nothing here touches the sound of those who listen, unless the room chose `pause`.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from rooms.feature import Context, Outcome, RunAt
from rooms.ids import Uuid
from rooms.playback.controls import host_of, room_of
from rooms.playback.host import seat
from rooms.playback.state import STOP_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import anchor_at
from rooms.playback.turntable import Turntable, conclude, effective_ms, on_playback, place
from rooms.room import Member, at_least


class HostLost(Struct, frozen=True, kw_only=True):
    """A user's last device left the room (the hub's own command); matters if he is its host."""

    room_id: Uuid
    user_id: Uuid
    op_id: Uuid | None = None


def lose_host(state: PlaybackState, command: HostLost, context: Context) -> Outcome:
    """Begins the host's grace, anew if it had begun."""
    table = on_playback(state, context)
    policy = room_of(context).policy
    if policy.on_host_lost == "continue" or host_of(state, context.room) != command.user_id:
        return conclude(table, table, context, "playback", None)
    due = RunAt("host.grace", context.now_ms + policy.host_grace_ms, "host:replace", command)
    return Outcome(state=state, later=(due,))


def replace_host(state: PlaybackState, command: HostLost, context: Context) -> Outcome:
    """Ends the grace: a host who has not come back is replaced, or the music pauses.

    `context.rows` holds the `Member`s who are present, `context.present` their ids and those of
    others; the one who has been in the room longest is promoted, moderators and above first if the
    policy is `promote_dj`. Guests never are. Where nobody can be, the room stays as it is: whoever
    comes may claim it.
    """
    table = after = on_playback(state, context)
    if host_of(state, context.room) == command.user_id and command.user_id not in context.present:
        match room_of(context).policy.on_host_lost:
            case "pause":
                after = _paused(table, context)
            case "promote_dj" | "promote_oldest" as rule:
                here: Sequence[Member] = context.rows or ()
                heir = _heir(here, djs_first=rule == "promote_dj")
                if heir is not None:
                    after = seat(table, heir.user_id, "lost", context)
            case "continue":
                pass
    return conclude(table, after, context, "playback", None)


def _heir(here: Sequence[Member], *, djs_first: bool) -> Member | None:
    able = [m for m in here if at_least(m, "member") and not m.is_guest]
    able.sort(key=lambda m: (djs_first and not at_least(m, "moderator"), m.joined_at_ms, m.user_id))
    return able[0] if able else None


def _paused(table: Turntable, context: Context) -> Turntable:
    playback = table.playback
    if playback.status not in ("playing", "waiting"):
        return table
    at_ms = effective_ms(playback, context, STOP_LEAD_MS)
    stopped = place(playback, context, anchor_at(line_of(playback), at_ms), sounding=False)
    return replace(table, playback=stopped)
