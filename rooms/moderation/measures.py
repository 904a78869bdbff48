"""Putting members out, keeping them out, and taking their voice; with an end or without."""

from datetime import UTC
from typing import Any

from msgspec.structs import replace

from rooms.errors import Invalid, NotFound
from rooms.feature import Context, Event, Outcome, RunAt
from rooms.membership.invites import open_room
from rooms.membership.records import member_record
from rooms.moderation.commands import (
    MAX_MEASURE_S,
    BanMember,
    BanOver,
    MuteMember,
    MuteOver,
    PardonMember,
    RemoveMember,
)
from rooms.moderation.records import Measure, MeasureKind, measure
from rooms.moderation.targets import notice_of, refuse_dm, refuse_high, rows_of, target_of
from rooms.room import Member

FOR_EVER_MS = 253_370_764_800_000
"""The year 9999: until somebody takes it back."""


def remove_member(state: Any, command: RemoveMember, context: Context) -> Outcome:
    """Puts a member out; he may join again, or be invited.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
    """
    room, target = open_room(context), target_of(context)
    refuse_dm(room.type)
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
    room, rows = open_room(context), rows_of(context)
    refuse_dm(room.type)
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
        refuse_high(context, target)
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
    room, target = open_room(context), rows_of(context).target
    if target is None:
        raise NotFound("There is no such member.")
    if target.state != "banned":
        return Outcome(state, data=member_record(room.id, target))
    return _lift(state, context, target, command.reason)


def ban_over(state: Any, command: BanOver, context: Context) -> Outcome:
    """Lifts a ban whose time is over; anything else has been settled by somebody."""
    target = rows_of(context).target
    if target is None or target.state != "banned":
        return Outcome(state)
    return _lift(state, context, target, "time_over")


def mute_member(state: Any, command: MuteMember, context: Context) -> Outcome:
    """Lets a member read but not speak.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
        Invalid: the time is past, or further than a year.
        Conflict: it is a direct message.
    """
    refuse_dm(open_room(context).type)
    target = target_of(context)
    until_ms = _until_ms(command, context)
    muted = replace(target, muted_until_ms=FOR_EVER_MS if until_ms is None else until_ms)
    done = _measured(state, context, muted, "mute", command.reason, until_ms)
    return replace(done, later=(mute_ends(target.user_id, until_ms),))


def unmute_member(state: Any, command: PardonMember, context: Context) -> Outcome:
    """Lets a member speak again.

    Raises:
        NotFound: the person is no member.
        Forbidden: he stands as high as the caller.
    """
    target = target_of(context)
    if target.muted_until_ms is None:
        return Outcome(state, data=member_record(open_room(context).id, target))
    unmuted = replace(target, muted_until_ms=None)
    done = _measured(state, context, unmuted, "unmute", command.reason, None)
    return replace(done, later=(mute_ends(target.user_id, None),))


def mute_over(state: Any, command: MuteOver, context: Context) -> Outcome:
    """Tells that a mute's time is over; anything else has been settled by somebody."""
    room, target = open_room(context), rows_of(context).target
    if target is None or target.muted_until_ms is None or target.muted_until_ms > context.now_ms:
        return Outcome(state)
    free = replace(target, muted_until_ms=None)
    if target.state != "joined":
        return Outcome(state, members=(free,))
    noted = measure(context, "unmute", target.user_id, reason="time_over")
    return Outcome(
        state,
        events=(
            Event("moderation:applied", noted.applied()),
            Event("member:updated", member_record(room.id, free)),
        ),
        members=(free,),
        rows=(noted,),
    )


def mute_ends(user_id: str, until_ms: int | None) -> RunAt:
    """What ends a member's mute at its time; None takes that back, as the mute has no end."""
    return RunAt(f"mute.{user_id}", until_ms, "member:mute_over", MuteOver(user_id=user_id))


def _put_out(state: Any, context: Context, member: Member, noted: Measure) -> Outcome:
    room = open_room(context)
    why = "banned" if member.state == "banned" else "removed"
    record = member_record(room.id, member, reason=why)
    told = notice_of(context, noted)
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
        rows=(noted, notice_of(context, noted)),
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
