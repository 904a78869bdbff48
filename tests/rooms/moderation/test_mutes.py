"""A mute by direct calls: it ends at its time, and by nothing that the muted can do."""

import uuid
from typing import Any

import pytest
from msgspec.structs import replace

from rooms.chat.commands import CreateMessage, Muted
from rooms.chat.feature import create_message
from rooms.chat.state import AutomodRule, ChatState
from rooms.feature import Actor, Context
from rooms.membership.commands import JoinRoom
from rooms.membership.feature import join_room
from rooms.membership.records import UserCard
from rooms.moderation.commands import AddMember, MuteMember, MuteOver, PardonMember
from rooms.moderation.feature import add_member
from rooms.moderation.measures import FOR_EVER_MS, mute_member, mute_over, unmute_member
from rooms.moderation.targets import ModerationRows
from rooms.room import Member, Role, Room

ROOM_ID = str(uuid.UUID(int=1))
ADA = Actor(str(uuid.UUID(int=10)), "ada", "Ada")
EVE = Actor(str(uuid.UUID(int=11)), "eve", "Eve")
NOW_MS = 1_000_000
HERS = Member(EVE.user_id, "member", "eve", "Eve", 0)


def context(
    actor: Actor = ADA,
    role: Role = "moderator",
    member: Member | None = None,
    now_ms: int = NOW_MS,
    rows: Any = None,
) -> Context:
    return Context(
        now_ms=now_ms,
        actor=actor,
        room=Room(ROOM_ID, "Kitchen", "public", ADA.user_id),
        member=member or Member(actor.user_id, role, actor.username, actor.display_name, 0),
        ids=(str(uuid.uuid4()), str(uuid.uuid4())),
        rows=rows,
    )


def about(member: Member) -> ModerationRows:
    return ModerationRows(member, UserCard(EVE.user_id, "eve", "Eve"))


def mute(**fields: Any) -> MuteMember:
    return MuteMember(room_id=ROOM_ID, user_id=EVE.user_id, **fields)


def test_a_mute_with_an_end_is_told_at_its_end_and_once() -> None:
    done = mute_member(None, mute(duration_s=60), context(rows=about(HERS)))
    (over,) = done.later
    assert (over.at_ms, over.command) == (NOW_MS + 60_000, "member:mute_over")
    (muted,) = done.members
    early = mute_over(None, over.payload, context(now_ms=NOW_MS + 59_999, rows=about(muted)))  # type: ignore[arg-type] # a MuteOver
    assert (early.events, early.members) == ((), ())
    ended = mute_over(None, over.payload, context(now_ms=NOW_MS + 60_000, rows=about(muted)))  # type: ignore[arg-type] # a MuteOver
    assert [event.name for event in ended.events] == ["moderation:applied", "member:updated"]
    assert ended.events[0].data.reason == "time_over"  # type: ignore[attr-defined] # its record
    assert ended.members == (replace(muted, muted_until_ms=None),)
    again = mute_over(None, MuteOver(user_id=EVE.user_id), context(rows=about(HERS)))
    assert (again.events, again.members) == ((), ())


def test_a_mute_for_good_and_a_pardon_take_the_end_back() -> None:
    for_good = mute_member(None, mute(), context(rows=about(HERS)))
    assert for_good.members[0].muted_until_ms == FOR_EVER_MS
    pardon = PardonMember(room_id=ROOM_ID, user_id=EVE.user_id)
    pardoned = unmute_member(None, pardon, context(rows=about(for_good.members[0])))
    assert [done.later[0].at_ms for done in (for_good, pardoned)] == [None, None]
    assert for_good.later[0].key == pardoned.later[0].key


def test_a_mute_outlives_its_end_in_a_room_left_without_a_word() -> None:
    gone = replace(HERS, state="left", muted_until_ms=NOW_MS)
    ended = mute_over(None, MuteOver(user_id=EVE.user_id), context(rows=about(gone)))
    assert ended.events == ()
    assert ended.members == (replace(gone, muted_until_ms=None),)


def test_who_leaves_and_comes_back_is_still_muted() -> None:
    gone = replace(HERS, state="left", muted_until_ms=NOW_MS + 5)
    joined = join_room(None, JoinRoom(room_id=ROOM_ID), context(EVE, member=gone))
    assert joined.members[0].muted_until_ms == NOW_MS + 5
    assert joined.data.member.muted_until is not None
    add = AddMember(room_id=ROOM_ID, user_id=EVE.user_id)
    assert add_member(None, add, context(rows=about(gone))).members == (
        replace(gone, state="joined", joined_at_ms=NOW_MS),
    )
    later = join_room(None, JoinRoom(room_id=ROOM_ID), context(EVE, member=gone, now_ms=NOW_MS + 5))
    assert later.members[0].muted_until_ms is None


def test_a_rule_of_the_room_mutes_with_an_end_like_a_moderator() -> None:
    rule = AutomodRule(id=str(uuid.uuid4()), kind="link", action="time_out", time_out_s=10)
    said = CreateMessage(room_id=ROOM_ID, client_id=str(uuid.uuid4()), content="http://buy.example")
    stopped = create_message(ChatState(rules=(rule,)), said, context(EVE, "member"))
    assert isinstance(stopped.refusal, Muted)
    assert [event.name for event in stopped.events] == ["moderation:applied", "member:updated"]
    assert (stopped.later[0].at_ms, stopped.later[0].key) == (
        NOW_MS + 10_000,
        f"mute.{EVE.user_id}",
    )
    with pytest.raises(Muted):
        create_message(ChatState(), said, context(EVE, member=stopped.members[0]))
