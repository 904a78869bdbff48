"""Keeping order among the members: roles, mutes, bans, and who may take which measure.

Nobody acts on who stands as high as himself, and nobody gives a role as high as his own; only the
owner hands the room over.
"""

from typing import Any

from msgspec.structs import replace

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.membership.invites import Blocked, open_room
from rooms.membership.records import MemberRecord, member_record
from rooms.moderation.commands import (
    AddMember,
    BanMember,
    BanOver,
    MuteMember,
    MuteOver,
    PardonMember,
    RemoveMember,
    UpdateMember,
)
from rooms.moderation.measures import (
    ban_member,
    ban_over,
    mute_member,
    mute_over,
    remove_member,
    unban_member,
    unmute_member,
)
from rooms.moderation.records import ModerationApplied, measure
from rooms.moderation.targets import rank_of, refuse_dm, rows_of, target_of
from rooms.notices import Notice
from rooms.room import ROLE_RANK, Member, still_muted


def add_member(state: Any, command: AddMember, context: Context) -> Outcome:
    """Brings somebody in. Adding a member changes nothing.

    Raises:
        NotFound: there is no such user.
        Blocked: one of the two has blocked the other.
        Conflict: a direct message; the person is banned here.
        Forbidden: the role stands as high as the caller's own.
    """
    room, rows = open_room(context), rows_of(context)
    if room.type == "dm":
        raise Conflict("Nobody else can come into a direct message.")
    if rows.card is None:
        raise NotFound("There is no such user.")
    if rows.blocked:
        raise Blocked("You cannot add each other: one of you has blocked the other.")
    target = rows.target
    if target is not None and target.state == "joined":
        return Outcome(state, data=member_record(room.id, target))
    if target is not None and target.state == "banned":
        raise Conflict("This person is banned from the room. Lift the ban first.")
    if ROLE_RANK[command.role] >= rank_of(context):
        raise Forbidden("You cannot give a role as high as your own.")
    card = rows.card
    joined = Member(
        card.user_id,
        "guest" if card.is_guest else command.role,
        card.username,
        card.display_name,
        context.now_ms,
        is_guest=card.is_guest,
        muted_until_ms=still_muted(target, context.now_ms),
    )
    record = member_record(room.id, joined)
    told = Notice(
        id=context.ids[0],
        kind="added",
        room_id=room.id,
        actor_id=context.actor.user_id,
        user_id=card.user_id,
        link=f"/rooms/{room.id}",
    )
    return Outcome(
        state,
        events=(Event("member:joined", record),),
        data=record,
        members=(joined,),
        rows=(told,),
    )


def update_member(state: Any, command: UpdateMember, context: Context) -> Outcome:
    """Gives a member another role; the owner gives `owner` away and becomes an admin.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller, or the role does.
        Conflict: a guest without an account cannot keep order; nobody can in a direct message.
    """
    room = open_room(context)
    refuse_dm(room.type)
    target = target_of(context)
    if target.role == command.role:
        return Outcome(state, data=member_record(room.id, target))
    if target.is_guest and command.role not in ("guest", "member"):
        raise Conflict("A guest needs an account to have this role.")
    changed = replace(target, role=command.role)
    members: tuple[Member, ...] = (changed,)
    if command.role == "owner":
        actor = context.member
        if actor is None or actor.role != "owner":
            raise Forbidden("Only the owner can hand the room over.")
        members = (changed, replace(actor, role="admin"))
    elif ROLE_RANK[command.role] >= rank_of(context):
        raise Forbidden("You cannot give a role as high as your own.")
    noted = measure(context, "role", target.user_id, reason=command.role)
    record = member_record(room.id, changed)
    events = [Event("member:updated", member_record(room.id, m)) for m in members[1:]]
    events.append(Event("member:updated", record))
    return Outcome(state, events=tuple(events), data=record, members=members, rows=(noted,))


_OFTEN = Limit(30, 60)

MODERATION = Feature(
    name="moderation",
    commands={
        "member:add": Command(
            AddMember, add_member, role="moderator", limit=_OFTEN, errors=(Blocked,)
        ),
        "member:update": Command(UpdateMember, update_member, role="admin", limit=_OFTEN),
        "member:remove": Command(RemoveMember, remove_member, role="moderator", limit=_OFTEN),
        "member:ban": Command(BanMember, ban_member, role="moderator", limit=_OFTEN),
        "member:unban": Command(PardonMember, unban_member, role="moderator", limit=_OFTEN),
        "member:mute": Command(MuteMember, mute_member, role="moderator", limit=_OFTEN),
        "member:unmute": Command(PardonMember, unmute_member, role="moderator", limit=_OFTEN),
        "member:ban_over": Command(BanOver, ban_over, role=None, internal=True),
        "member:mute_over": Command(MuteOver, mute_over, role=None, internal=True),
    },
    events={"member:updated": MemberRecord, "moderation:applied": ModerationApplied},
)
