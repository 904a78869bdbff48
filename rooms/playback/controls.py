"""Who may move what: the room's policy, read for one actor (docs/protocol.md, "Playback").

host: the one member who drives. dj: he and the room's moderators, admins and owner. all: every
member. The hub itself (the end of a track, a deadline) is never asked.
"""

from rooms.errors import Forbidden, Gone, NotFound
from rooms.feature import Context
from rooms.ids import SYSTEM_USER_ID
from rooms.playback.state import PlaybackState
from rooms.room import Control, Room, at_least


class NotHost(Forbidden):
    """The room's policy leaves this to the host, or to host and moderators."""

    default_code = "NOT_HOST"


class SessionOver(Gone):
    """The room's session has ended: nothing is played or queued any more."""

    default_code = "SESSION_ENDED"


def room_of(context: Context) -> Room:
    """The locked room.

    Raises:
        NotFound: the command names none.
    """
    if context.room is None:
        raise NotFound("There is no such room.")
    return context.room


def host_of(playback: PlaybackState, room: Room | None) -> str | None:
    """The host: whoever was made one, else the creator of the room.

    None in a room that the hub itself made, until somebody plays.
    """
    if playback.host_id is not None:
        return playback.host_id
    if room is None or room.creator_id == SYSTEM_USER_ID:
        return None
    return room.creator_id


def is_dj(playback: PlaybackState, context: Context) -> bool:
    """True for the host, for moderators and above, and for the hub."""
    return allows("dj", playback, context)


def allows(control: Control, playback: PlaybackState, context: Context) -> bool:
    """True when the actor may use a control that the policy sets to `control`."""
    actor = context.actor
    if actor.is_system or control == "all":
        return True
    if actor.user_id == host_of(playback, context.room):
        return True
    return control == "dj" and at_least(context.member, "moderator")


def require(control: Control, playback: PlaybackState, context: Context, what: str) -> None:
    """Lets pass whom the policy allows; `what` completes the sentence for the others.

    Raises:
        NotHost: for everybody else.
        SessionOver: for all, once the session has ended.
    """
    require_open(playback, context)
    if allows(control, playback, context):
        return
    who = "the host" if control == "host" else "the host and moderators"
    raise NotHost(f"Only {who} can {what} in this room.")


def require_open(playback: PlaybackState, context: Context) -> None:
    """Lets everybody pass while the session goes on, and the hub itself always.

    Raises:
        SessionOver: it has ended.
    """
    if playback.schedule.stage == "ended" and not context.actor.is_system:
        raise SessionOver("This session has ended. It can be replayed.")
