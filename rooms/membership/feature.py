"""Rooms and who belongs to them: create, change, join, leave, invite."""

from typing import Any

from msgspec.structs import asdict, replace

from rooms.errors import Conflict, FieldError, Forbidden, Gone, HubError, Invalid, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.membership.commands import (
    AcceptInvite,
    CreateInvite,
    CreateRoom,
    DeleteRoom,
    JoinRoom,
    LeaveRoom,
    RevokeInvite,
    UpdateRoom,
)
from rooms.membership.invites import Blocked, create_invite, open_room, revoke_invite
from rooms.membership.policy import changed_policy
from rooms.membership.records import (
    Invitation,
    Joined,
    MemberRecord,
    MembershipRows,
    RoomGone,
    RoomRecord,
    member_record,
    room_record,
)
from rooms.room import Facet, Member, Policy, Role, Room, at_least, still_muted
from rooms.text import is_showable

DEFAULT_FACETS: tuple[Facet, ...] = ("playback", "queue")


class Banned(HubError):
    """The room does not want this user."""

    status = 403
    default_code = "BANNED"


def create_room(state: Any, command: CreateRoom, context: Context) -> Outcome:
    """Makes the room with its owner and first members.

    Raises:
        Forbidden: guests have no rooms of their own.
        Invalid: a dm that is not between exactly two people; an unknown member.
    """
    actor = context.actor
    if actor.is_guest:
        raise Forbidden("Guests cannot create rooms. Create an account to do that.")
    rows: MembershipRows = context.rows or MembershipRows()
    invited = tuple(u for u in rows.users if u.user_id != actor.user_id)
    wanted = {m.lower() for m in command.members} - {actor.user_id}
    if missing := wanted - {u.user_id for u in invited}:
        index = next(i for i, m in enumerate(command.members) if m.lower() in missing)
        raise Invalid.field(f"members[{index}]", "NOT_FOUND", "There is no such user.")
    if command.type == "dm" and len(invited) != 1:
        raise Invalid.field("members", "DM_NEEDS_TWO", "A direct message is between two people.")
    if rows.blocked:
        raise Blocked("You cannot be in a room together: one of you has blocked the other.")
    if command.type == "dm" and rows.dm_id is not None:
        there = FieldError("members", "DM_EXISTS", rows.dm_id)
        raise Conflict("You have a direct message already.", fields=(there,))
    room = Room(
        id=context.ids[0],
        name=_clean_name(command.name),
        description=command.description,
        type=command.type,
        creator_id=actor.user_id,
        facets=_facets(command),
        policy=changed_policy(Policy(), command.policy),
        created_at_ms=context.now_ms,
    )
    owner = Member(actor.user_id, "owner", actor.username, actor.display_name, context.now_ms)
    others = tuple(
        Member(u.user_id, "member", u.username, u.display_name, context.now_ms, is_guest=u.is_guest)
        for u in invited
    )
    record = room_record(room)
    joined = [Event("member:joined", member_record(room.id, m)) for m in (owner, *others)]
    events = (Event("room:created", record), *joined)
    data = _answer(record, member_record(room.id, owner))
    return Outcome(state, events=events, data=data, room=room, members=(owner, *others))


def update_room(state: Any, command: UpdateRoom, context: Context) -> Outcome:
    """Changes name, description, facets or policy; owners and admins may.

    Its owner alone makes it public or private.

    Raises:
        Invalid: a direct message would be something else.
        Forbidden: somebody else than the owner changes the type.
    """
    room = open_room(context)
    _check_type(room, command, context)
    changed = replace(
        room,
        name=_clean_name(command.name) if command.name is not None else room.name,
        type=command.type if command.type is not None else room.type,
        description=command.description if command.description is not None else room.description,
        facets=_unique(command.facets) if command.facets is not None else room.facets,
        policy=changed_policy(room.policy, command.policy),
    )
    record = room_record(changed)
    events = () if changed == room else (Event("room:updated", record),)
    return Outcome(state, events=events, data=record, room=changed)


def _check_type(room: Room, command: UpdateRoom, context: Context) -> None:
    if command.type is None or command.type == room.type:
        return
    if room.type == "dm":
        raise Invalid.field("type", "DM_STAYS", "A direct message stays between two people.")
    if not at_least(context.member, "owner"):
        raise Forbidden("Only its owner makes a room public or private.")


def delete_room(state: Any, command: DeleteRoom, context: Context) -> Outcome:
    """Closes the room; only its owner may. Nobody can enter it any more."""
    room = replace(open_room(context), deleted_at_ms=context.now_ms)
    gone = RoomGone(room.id)
    return Outcome(state, events=(Event("room:deleted", gone),), data=gone, room=room)


def join_room(state: Any, command: JoinRoom, context: Context) -> Outcome:
    """Joins a public room, or any room by invitation. Joining twice changes nothing.

    Raises:
        Forbidden: the room is private and no invitation was given; `BANNED`.
        Gone: the invitation has expired or is used up.
    """
    room = open_room(context)
    if command.invite_token is not None:
        return _accept(state, context, room)
    if at_least(context.member, "guest"):
        return _joined(state, context, room, None)
    if room.type != "public" or context.actor.is_guest:
        raise NotFound("There is no such room, or you need an invitation to enter it.")
    return _joined(state, context, room, None)


def accept_invite(state: Any, command: AcceptInvite, context: Context) -> Outcome:
    """Joins by an invitation; see `join_room`."""
    return _accept(state, context, open_room(context))


def leave_room(state: Any, command: LeaveRoom, context: Context) -> Outcome:
    """Leaves the room. Its owner may only delete it: a room always has someone who answers for it.

    Raises:
        Conflict: the owner tries to leave; one of the two of a direct message does.
    """
    room, member = open_room(context), context.member
    if member is None or member.state != "joined":
        return Outcome(state, data=None)
    if room.type == "dm":
        raise Conflict("A direct message has two people. Block the other to be left alone.")
    if member.role == "owner":
        raise Conflict("The owner cannot leave. Delete the room, or hand it over first.")
    left = replace(member, state="left")
    record = member_record(room.id, left, reason="left")
    return Outcome(state, events=(Event("member:left", record),), data=record, members=(left,))


def _accept(state: Any, context: Context, room: Room) -> Outcome:
    rows: MembershipRows = context.rows or MembershipRows()
    invitation = rows.invitation
    if invitation is None or invitation.room_id != room.id:
        raise NotFound("This invitation does not exist.")
    if at_least(context.member, "guest"):
        return _joined(state, context, room, None)
    if invitation.invitee_id is not None and invitation.invitee_id != context.actor.user_id:
        raise Forbidden("This invitation is for somebody else.")
    if invitation.revoked or invitation.expires_at_ms <= context.now_ms:
        raise Gone("This invitation has expired. Ask for a new link.")
    if invitation.max_uses is not None and invitation.uses >= invitation.max_uses:
        raise Gone("This invitation has been used up. Ask for a new link.")
    return _joined(state, context, room, replace(invitation, uses=invitation.uses + 1))


def _joined(state: Any, context: Context, room: Room, used: Invitation | None) -> Outcome:
    member, actor = context.member, context.actor
    record = room_record(room)
    if member is not None and member.state == "joined":
        return Outcome(state, data=_answer(record, member_record(room.id, member)))
    if member is not None and member.state == "banned":
        raise Banned("You are banned from this room.")
    role: Role = "guest" if actor.is_guest else "member"
    joined = Member(
        actor.user_id,
        role,
        actor.username,
        actor.display_name,
        context.now_ms,
        is_guest=actor.is_guest,
        muted_until_ms=still_muted(member, context.now_ms),
    )
    mine = member_record(room.id, joined)
    return Outcome(
        state,
        events=(Event("member:joined", mine),),
        data=_answer(record, mine),
        members=(joined,),
        rows=(used,) if used is not None else (),
    )


def _answer(record: RoomRecord, member: MemberRecord) -> Joined:
    return Joined(**asdict(record), member=member)


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or not is_showable(cleaned):
        raise Invalid.field("name", "BAD_TEXT", "A room needs a name of printable characters.")
    return cleaned


def _facets(command: CreateRoom) -> tuple[Facet, ...]:
    if command.facets is None:
        return () if command.type == "dm" else DEFAULT_FACETS
    return _unique(command.facets)


def _unique(facets: tuple[Facet, ...]) -> tuple[Facet, ...]:
    return tuple(dict.fromkeys(facets))


MEMBERSHIP = Feature(
    name="membership",
    commands={
        "room:create": Command(
            CreateRoom, create_room, role=None, limit=Limit(10, 60), errors=(Blocked,)
        ),
        "room:update": Command(UpdateRoom, update_room, role="admin", limit=Limit(10, 10)),
        "room:delete": Command(DeleteRoom, delete_room, role="owner", limit=Limit(10, 60)),
        "room:join": Command(
            JoinRoom, join_room, role=None, limit=Limit(20, 10), errors=(Banned, Gone)
        ),
        "room:leave": Command(LeaveRoom, leave_room, role=None, limit=Limit(20, 10)),
        "invite:create": Command(
            CreateInvite,
            create_invite,
            secret=True,
            ids=2,
            limit=Limit(20, 60),
            errors=(Blocked,),
        ),
        "invite:revoke": Command(RevokeInvite, revoke_invite, limit=Limit(20, 60)),
        "invite:accept": Command(
            AcceptInvite, accept_invite, role=None, limit=Limit(20, 10), errors=(Banned, Gone)
        ),
    },
    events={
        "room:created": RoomRecord,
        "room:updated": RoomRecord,
        "room:deleted": RoomGone,
        "member:joined": MemberRecord,
        "member:left": MemberRecord,
    },
)
