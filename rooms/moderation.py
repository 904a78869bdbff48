"""Keeping order among the members: roles, mutes, bans, and who may take which measure.

Nobody acts on who stands as high as himself, and nobody gives a role as high as his own; only the
owner hands the room over.
"""

from datetime import UTC
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome, RunAt
from rooms.membership_invites import Blocked, open_room
from rooms.membership_records import MemberRecord, UserCard, member_record
from rooms.moderation_commands import (
    MAX_MEASURE_S,
    AddMember,
    BanMember,
    BanOver,
    MuteMember,
    PardonMember,
    RemoveMember,
    UpdateMember,
)
from rooms.moderation_records import (
    Measure,
    MeasureKind,
    ModerationApplied,
    measure,
)
from rooms.notices import Notice
from rooms.room import ROLE_RANK, Member

FOR_EVER_MS = 253_370_764_800_000
"""The year 9999: until somebody takes it back."""


class ModerationRows(Struct, frozen=True):
    """What the loader reads of the person a command is about."""

    target: Member | None = None
    """His membership, whatever its state; None if he never had one."""
    card: UserCard | None = None
    """His account; for `member:add` and `member:ban`."""
    blocked: bool = False
    """One of him and the actor has blocked the other; only for `member:add`."""


def add_member(state: Any, command: AddMember, context: Context) -> Outcome:
    """Brings somebody in. Adding a member changes nothing.

    Raises:
        NotFound: there is no such user.
        Blocked: one of the two has blocked the other.
        Conflict: a direct message; the person is banned here.
        Forbidden: the role stands as high as the caller's own.
    """
    room, rows = open_room(context), _rows(context)
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
    if ROLE_RANK[command.role] >= _rank(context):
        raise Forbidden("You cannot give a role as high as your own.")
    card = rows.card
    joined = Member(
        card.user_id,
        "guest" if card.is_guest else command.role,
        card.username,
        card.display_name,
        context.now_ms,
        is_guest=card.is_guest,
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
        Conflict: a guest without an account cannot keep order.
    """
    room = open_room(context)
    target = _target(context)
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
    elif ROLE_RANK[command.role] >= _rank(context):
        raise Forbidden("You cannot give a role as high as your own.")
    noted = measure(context, "role", target.user_id, reason=command.role)
    record = member_record(room.id, changed)
    events = [Event("member:updated", member_record(room.id, m)) for m in members[1:]]
    events.append(Event("member:updated", record))
    return Outcome(state, events=tuple(events), data=record, members=members, rows=(noted,))


def remove_member(state: Any, command: RemoveMember, context: Context) -> Outcome:
    """Puts a member out; he may join again, or be invited.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
    """
    room, target = open_room(context), _target(context)
    _refuse_dm(room.type)
    left = replace(target, state="left")
    return _put_out(
        state, context, left, measure(context, "kick", target.user_id, reason=command.reason)
    )


def ban_member(state: Any, command: BanMember, context: Context) -> Outcome:
    """Puts somebody out and keeps him out; also who is no member, so that he cannot come.

    Raises:
        NotFound: there is no such user.
        Forbidden: he stands as high as the caller.
    """
    room, rows = open_room(context), _rows(context)
    _refuse_dm(room.type)
    target = rows.target
    if target is None:
        if rows.card is None:
            raise NotFound("There is no such user.")
        card = rows.card
        target = Member(
            card.user_id,
            "member",
            card.username,
            card.display_name,
            context.now_ms,
            state="left",
            is_guest=card.is_guest,
        )
    elif target.state == "joined":
        _refuse_high(context, target)
    until_ms = _until_ms(command, context)
    noted = measure(context, "ban", target.user_id, reason=command.reason, until_ms=until_ms)
    key = f"ban.{target.user_id}"
    over = RunAt(key, until_ms, "member:ban_over", BanOver(user_id=target.user_id))
    banned = replace(target, state="banned", role="member" if target.role != "guest" else "guest")
    return replace(_put_out(state, context, banned, noted), later=(over,))


def unban_member(state: Any, command: PardonMember, context: Context) -> Outcome:
    """Lets somebody come back. Lifting no ban changes nothing.

    Raises:
        NotFound: the person never was here.
    """
    room, target = open_room(context), _rows(context).target
    if target is None:
        raise NotFound("There is no such member.")
    if target.state != "banned":
        return Outcome(state, data=member_record(room.id, target))
    return _lift(state, context, target, command.reason)


def ban_over(state: Any, command: BanOver, context: Context) -> Outcome:
    """Lifts a ban whose time is over; anything else has been settled by somebody."""
    target = _rows(context).target
    if target is None or target.state != "banned":
        return Outcome(state)
    return _lift(state, context, target, "time_over")


def mute_member(state: Any, command: MuteMember, context: Context) -> Outcome:
    """Lets a member read but not speak.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
        Invalid: the time is past, or further than a year.
    """
    target = _target(context)
    until_ms = _until_ms(command, context)
    muted = replace(target, muted_until_ms=FOR_EVER_MS if until_ms is None else until_ms)
    return _measured(state, context, muted, "mute", command.reason, until_ms)


def unmute_member(state: Any, command: PardonMember, context: Context) -> Outcome:
    """Lets a member speak again.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
    """
    target = _target(context)
    if target.muted_until_ms is None:
        return Outcome(state, data=member_record(open_room(context).id, target))
    unmuted = replace(target, muted_until_ms=None)
    return _measured(state, context, unmuted, "unmute", command.reason, None)


def _put_out(state: Any, context: Context, member: Member, noted: Measure) -> Outcome:
    room = open_room(context)
    why = "banned" if member.state == "banned" else "removed"
    record = member_record(room.id, member, reason=why)
    told = _told(context, noted)
    return Outcome(
        state,
        events=(
            Event("moderation:applied", noted.applied()),
            Event("member:left", record),
        ),
        data=record,
        members=(member,),
        rows=(noted, told),
    )


def _measured(
    state: Any,
    context: Context,
    member: Member,
    action: MeasureKind,
    reason: str | None,
    until_ms: int | None,
) -> Outcome:
    room = open_room(context)
    noted = measure(context, action, member.user_id, reason=reason, until_ms=until_ms)
    record = member_record(room.id, member)
    return Outcome(
        state,
        events=(
            Event("moderation:applied", noted.applied()),
            Event("member:updated", record),
        ),
        data=record,
        members=(member,),
        rows=(noted, _told(context, noted)),
    )


def _lift(state: Any, context: Context, target: Member, reason: str | None) -> Outcome:
    room = open_room(context)
    noted = measure(context, "unban", target.user_id, reason=reason)
    back = replace(target, state="left")
    return Outcome(
        state,
        events=(Event("moderation:applied", noted.applied()),),
        data=member_record(room.id, back),
        members=(back,),
        later=(RunAt(f"ban.{target.user_id}", None),),
        rows=(noted,),
    )


def _told(context: Context, noted: Measure) -> Notice:
    return Notice(
        id=context.ids[0],
        kind="measure",
        room_id=noted.room_id,
        actor_id=context.actor.user_id,
        user_id=noted.user_id,
        text=noted.action + (f": {noted.reason}" if noted.reason else ""),
        link=f"/rooms/{noted.room_id}",
    )


def _rows(context: Context) -> ModerationRows:
    rows: ModerationRows = context.rows or ModerationRows()
    return rows


def _target(context: Context) -> Member:
    """A member that the caller may act on."""
    target = _rows(context).target
    if target is None or target.state != "joined":
        raise NotFound("There is no such member.")
    _refuse_high(context, target)
    return target


def _refuse_high(context: Context, target: Member) -> None:
    if target.user_id == context.actor.user_id:
        raise Conflict("You cannot do this to yourself.")
    if ROLE_RANK[target.role] >= _rank(context):
        raise Forbidden("This member stands as high as you in this room.")


def _rank(context: Context) -> int:
    if context.actor.is_system:
        return len(ROLE_RANK)
    member = context.member
    return ROLE_RANK[member.role] if member is not None and member.state == "joined" else -1


def _refuse_dm(kind: str) -> None:
    if kind == "dm":
        raise Conflict("Block somebody whose direct messages you do not want.")


def _until_ms(command: MuteMember | BanMember, context: Context) -> int | None:
    until_ms: int | None = None
    if command.duration_s is not None:
        until_ms = context.now_ms + command.duration_s * 1000
    elif command.until is not None:
        given = command.until if command.until.tzinfo else command.until.replace(tzinfo=UTC)
        until_ms = int(given.timestamp() * 1000)
    if until_ms is not None and not (
        context.now_ms < until_ms <= context.now_ms + MAX_MEASURE_S * 1000
    ):
        raise Invalid.field("until", "OUT_OF_RANGE", "This has to be within the coming year.")
    return until_ms


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
    },
    events={"member:updated": MemberRecord, "moderation:applied": ModerationApplied},
)
