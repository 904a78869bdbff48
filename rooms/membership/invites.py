"""Invitations: made for one person or as a link for many, and taken back."""

from typing import Any

from msgspec.structs import replace

from rooms.errors import Conflict, Forbidden, HubError, Invalid, NotFound
from rooms.feature import Context, Event, Outcome
from rooms.membership.commands import CreateInvite, RevokeInvite
from rooms.membership.records import (
    Invitation,
    InviteRecord,
    MembershipRows,
    member_record,
)
from rooms.notices import Notice
from rooms.room import Role, Room, at_least
from rooms.times import iso


class Blocked(HubError):
    """One of the two has blocked the other."""

    status = 403
    default_code = "BLOCKED"


def create_invite(state: Any, command: CreateInvite, context: Context) -> Outcome:
    """Makes an invitation. Members may invite to public rooms, moderators to private ones.

    Raises:
        Forbidden: a guest, or a plain member of a private room.
        Conflict: a dm takes no third person.
    """
    room = open_room(context)
    if room.type == "dm":
        raise Conflict("Nobody else can be invited to a direct message.")
    needed: Role = "member" if room.type == "public" else "moderator"
    if not at_least(context.member, needed):
        raise Forbidden(f"You need to be a {needed} of this room to invite people.")
    rows: MembershipRows = context.rows or MembershipRows()
    if command.invitee_id is not None and not rows.users:
        raise Invalid.field("invitee_id", "NOT_FOUND", "There is no such user.")
    if rows.blocked:
        raise Blocked("You cannot invite each other: one of you has blocked the other.")
    invitation = Invitation(
        id=context.ids[0],
        room_id=room.id,
        inviter_id=context.actor.user_id,
        invitee_id=command.invitee_id.lower() if command.invitee_id is not None else None,
        token=context.secret,
        expires_at_ms=context.now_ms + command.expires_in_s * 1000,
        max_uses=1 if command.invitee_id is not None else command.max_uses,
    )
    data = InviteRecord(
        id=invitation.id,
        room_id=room.id,
        token=invitation.token,
        url=f"{context.public_url}/join/{invitation.token}",
        expires_at=iso(invitation.expires_at_ms),
        max_uses=invitation.max_uses,
    )
    told: tuple[Notice, ...] = ()
    if invitation.invitee_id is not None:
        told = (
            Notice(
                id=context.ids[1],
                kind="invite",
                room_id=room.id,
                actor_id=context.actor.user_id,
                user_id=invitation.invitee_id,
                link=f"/join/{invitation.token}",
            ),
        )
    return Outcome(state, data=data, rows=(invitation, *told))


def revoke_invite(state: Any, command: RevokeInvite, context: Context) -> Outcome:
    """Makes an invitation worthless; a second time changes nothing.

    Guests have nothing but the link they came by, so they go with it. Who joined with an account
    is a member, and stays.

    Raises:
        NotFound: the room has no such invitation.
        Forbidden: somebody else made it, and the caller keeps no order here.
    """
    room = open_room(context)
    rows: MembershipRows = context.rows or MembershipRows()
    invitation = rows.invitation
    if invitation is None or invitation.room_id != room.id:
        raise NotFound("This invitation does not exist.")
    mine = invitation.inviter_id == context.actor.user_id
    if not (mine or at_least(context.member, "moderator")):
        raise Forbidden("Only who made an invitation and the room's moderators can revoke it.")
    gone = tuple(replace(guest, state="left") for guest in rows.guests)
    return Outcome(
        state,
        events=tuple(
            Event("member:left", member_record(room.id, guest, reason="invite_revoked"))
            for guest in gone
        ),
        data={"id": invitation.id},
        members=gone,
        rows=(replace(invitation, revoked=True),),
    )


def open_room(context: Context) -> Room:
    """The command's room.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    if context.room is None or context.room.deleted_at_ms is not None:
        raise NotFound("There is no such room.")
    return context.room
