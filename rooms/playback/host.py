"""Who drives: the host of a room, handed over or claimed.

Fencing comes with the room's lock: a host who wakes up after another one was made is asked like any
member, and refused with NOT_HOST.
"""

from msgspec import Struct, field
from msgspec.structs import replace

from rooms.errors import Conflict, NotFound
from rooms.feature import Context, Event, Outcome
from rooms.playback.commands import ClaimHost, TransferHost
from rooms.playback.controls import NotHost, host_of
from rooms.playback.state import PlaybackState
from rooms.playback.turntable import Turntable, conclude, on_playback, view
from rooms.room import Member, at_least


class HostChanged(Struct, frozen=True, kw_only=True):
    """Somebody else drives now."""

    from_: str | None = field(name="from")
    to: str
    reason: str
    """`transfer`, `claim`, `first` (to play where nobody drove) or `lost` (he stayed away)."""


def transfer_host(state: PlaybackState, command: TransferHost, context: Context) -> Outcome:
    """Hands the room over; the host and the room's admins may.

    `context.rows` is the new host's `Member`, or None when there is no such member.

    Raises:
        NotHost: the actor is neither.
        NotFound: no such member.
    """
    table = on_playback(state, context)
    actor = context.actor
    host_id = host_of(state, context.room)
    if not (actor.is_system or actor.user_id == host_id or at_least(context.member, "admin")):
        raise NotHost("Only the host can hand the room over.")
    heir: Member | None = context.rows
    if heir is None or not at_least(heir, "guest"):
        raise NotFound("There is no such member in this room.")
    return _seated(table, heir.user_id, "transfer", context)


def claim_host(state: PlaybackState, command: ClaimHost, context: Context) -> Outcome:
    """Takes the room over.

    An admin may at any time. A member may while the host is away; `context.present` has to show the
    member himself, since a view that is not whole (`Command.of_all`) says nothing about the host.

    Raises:
        NotHost: the actor is a guest.
        Conflict: the host is there.
    """
    table = on_playback(state, context)
    actor_id, here = context.actor.user_id, context.present
    host_id = host_of(state, context.room)
    if host_id == actor_id or at_least(context.member, "admin"):
        return _seated(table, actor_id, "claim", context)
    if not at_least(context.member, "member"):
        raise NotHost("Guests cannot become the host.")
    if host_id in here or actor_id not in here:
        raise Conflict("This room has a host who is there. Ask to be made the host.")
    return _seated(table, actor_id, "claim", context)


def seat_first(table: Turntable, context: Context) -> Turntable:
    """In a room that nobody drives, the first to play becomes the host."""
    if host_of(table.playback, context.room) is not None or context.actor.is_system:
        return table
    return seat(table, context.actor.user_id, "first", context)


def _seated(before: Turntable, user_id: str, reason: str, context: Context) -> Outcome:
    after = before
    if host_of(before.playback, context.room) != user_id:
        after = seat(before, user_id, reason, context)
    return conclude(before, after, context, "playback", view(after, context))


def seat(table: Turntable, user_id: str, reason: str, context: Context) -> Turntable:
    """Makes `user_id` the host, and tells."""
    old = host_of(table.playback, context.room)
    told = HostChanged(from_=old, to=user_id, reason=reason)
    return Turntable(
        table.queue,
        replace(table.playback, host_id=user_id),
        (*table.events, Event("host:changed", told)),
    )
