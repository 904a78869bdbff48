"""The question every command is asked before its rule."""

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Command, Context, Feature
from rooms.room import at_least


def authorise(feature: Feature, command: Command, context: Context) -> None:
    """A member, with the role it needs?

    A private room that the caller is not in does not exist for him.

    Raises:
        NotFound, Forbidden, Conflict: no such room for this caller, too low a role, no such facet.
    """
    if context.actor.is_system or command.role is None:
        return
    room, member = context.room, context.member
    if room is None or room.deleted_at_ms is not None:
        raise NotFound("There is no such room.")
    if member is not None and member.state == "banned":
        raise Forbidden("You are banned from this room.", "BANNED")
    if not at_least(member, "guest"):
        if room.type == "public":
            raise Forbidden("Join the room first.")
        raise NotFound("There is no such room.")
    if not at_least(member, command.role):
        raise Forbidden(f"Only a room's {command.role} or above may do this.")
    facet = feature.facet
    if facet is not None and facet not in room.facets:
        raise Conflict(f"This room has no {facet}.")
