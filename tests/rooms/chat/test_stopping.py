"""Rules of a room by direct calls: an edit has to pass them like a new message."""

import uuid
from typing import Any

import pytest

from rooms.chat.commands import Blocked, CreateMessage, Muted
from rooms.chat.edits import Edited, EditRows, UpdateMessage, update_message
from rooms.chat.feature import create_message
from rooms.chat.state import AutomodRule, ChatState
from rooms.feature import Actor, Context
from rooms.moderation.records import Measure
from rooms.notices import Notice
from rooms.room import Member, Role, Room

ROOM_ID = str(uuid.UUID(int=1))
ADA = Actor(str(uuid.UUID(int=10)), "ada", "Ada")
NOW_MS = 1_000_000


def context(role: Role = "member", **fields: Any) -> Context:
    return Context(
        now_ms=NOW_MS,
        actor=ADA,
        room=Room(ROOM_ID, "Kitchen", "public", ADA.user_id),
        member=Member(ADA.user_id, role, ADA.username, ADA.display_name, 0),
        ids=(str(uuid.uuid4()), str(uuid.uuid4())),
        **fields,
    )


def edited(action: str, content: str, role: Role = "member", kind: str = "keyword") -> Any:
    said = CreateMessage(room_id=ROOM_ID, client_id=str(uuid.uuid4()), content="fine")
    mine = create_message(ChatState(), said, context()).data
    words = ("spam*",) if kind == "keyword" else ()
    rule = AutomodRule(id=str(uuid.uuid4()), kind=kind, action=action, words=words, most=1)  # type: ignore[arg-type] # words of the test
    edit = UpdateMessage(message_id=mine.id, op_id=str(uuid.uuid4()), content=content)
    beside = {"chat": ChatState(rules=(rule,))}
    return update_message(None, edit, context(role, rows=EditRows(mine), slices=beside))


@pytest.mark.parametrize(("action", "error"), [("block", Blocked), ("time_out", Muted)])
def test_an_edit_that_breaks_a_rule_is_refused_noted_and_told(
    action: str, error: type[Exception]
) -> None:
    outcome = edited(action, "buy SPAMMY things")
    assert isinstance(outcome.refusal, error)
    assert [type(row) for row in outcome.rows] == [Measure, Notice]
    assert "message:updated" not in [event.name for event in outcome.events]
    assert bool(outcome.members) is (action == "time_out")


def test_an_edit_of_which_moderators_are_told_passes() -> None:
    outcome = edited("alert", "buy spam")
    assert [event.name for event in outcome.events] == ["message:updated"]
    assert [type(row) for row in outcome.rows] == [Edited, Notice, Measure, Notice]
    assert outcome.rows[2].message_id == outcome.data.id
    assert outcome.rows[3].kind == "alert"
    assert len({row.id for row in outcome.rows if isinstance(row, Notice)}) == 2


def test_rules_leave_other_edits_and_those_who_keep_order_alone() -> None:
    for outcome in (
        edited("block", "still fine"),
        edited("block", "buy spam", "moderator"),
        edited("block", "the same", kind="repeat"),
    ):
        assert outcome.refusal is None
        assert [event.name for event in outcome.events] == ["message:updated"]
