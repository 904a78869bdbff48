"""The rules of chat by direct calls: who may say, change and take back what, and what it leaves."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.chat.automod import Said, digest, judge, remembering
from rooms.chat.commands import Blocked, ChatRows, CreateMessage, Muted, Named, SlowMode
from rooms.chat.edits import (
    Deleted,
    DeleteMessage,
    Edited,
    EditRows,
    PinMessage,
    RevMismatch,
    UpdateMessage,
    delete_message,
    pin_message,
    unpin_message,
    update_message,
)
from rooms.chat.feature import create_message
from rooms.chat.reactions import MAX_KINDS, React, ReactionRows, add_reaction, remove_reaction
from rooms.chat.records import Message
from rooms.chat.settings import BlockDm, SetNotify, UpdateChat, block_dm, set_notify, update_chat
from rooms.chat.state import AutomodRule, ChatState
from rooms.chat.text import clean_emoji, names_in, names_room
from rooms.errors import Conflict, Forbidden, Gone, HubError, Invalid, NotFound
from rooms.feature import Actor, Context
from rooms.moderation.records import Measure
from rooms.notices import Notice
from rooms.room import Member, Role, Room, RoomType

ROOM_ID = str(uuid.UUID(int=1))
ADA = Actor(str(uuid.UUID(int=10)), "ada", "Ada")
BOB = Actor(str(uuid.UUID(int=11)), "bob", "Bob")
NOW_MS = 1_000_000


def a_rule(kind: str, action: str, **fields: Any) -> AutomodRule:
    return AutomodRule(id=str(uuid.uuid4()), kind=kind, action=action, **fields)  # type: ignore[arg-type] # words of the test


def context(
    actor: Actor = ADA,
    role: Role = "member",
    *,
    kind: RoomType = "public",
    rows: Any = None,
    now_ms: int = NOW_MS,
    muted_until_ms: int | None = None,
) -> Context:
    return Context(
        now_ms=now_ms,
        actor=actor,
        room=Room(ROOM_ID, "Kitchen", kind, BOB.user_id),
        member=Member(
            actor.user_id,
            role,
            actor.username,
            actor.display_name,
            0,
            muted_until_ms=muted_until_ms,
        ),
        ids=(str(uuid.uuid4()), str(uuid.uuid4())),
        next_seq=7,
        rows=rows,
    )


def command(content: str = "hello", **fields: Any) -> CreateMessage:
    return CreateMessage(room_id=ROOM_ID, client_id=str(uuid.uuid4()), content=content, **fields)


def message(sender: Actor = ADA, **fields: Any) -> Message:
    said = create_message(ChatState(), command(), context(sender)).data
    assert isinstance(said, Message)
    return replace(said, **fields)


def test_a_plain_message_leaves_nothing_but_itself() -> None:
    state = ChatState()
    outcome = create_message(state, command(), context())
    assert outcome.state is state
    assert outcome.rows == (outcome.data,)
    assert outcome.data.seq == 7


def test_answers_go_to_the_first_of_a_thread() -> None:
    root, answer = str(uuid.uuid4()), str(uuid.uuid4())
    rows = ChatRows(messages={answer: Named(answer, BOB.user_id, root, is_deleted=False)})
    outcome = create_message(ChatState(), command(thread_id=answer), context(rows=rows))
    assert outcome.data.thread_id == root
    (told,) = [row for row in outcome.rows if isinstance(row, Notice)]
    assert told.replied_to == BOB.user_id


def test_mentions_are_members_once_and_never_oneself() -> None:
    stranger = str(uuid.uuid4())
    rows = ChatRows(members={"bob": BOB.user_id, BOB.user_id: BOB.user_id, "ada": ADA.user_id})
    said = command("@Bob @ada @nobody", mentions=(BOB.user_id, stranger))
    outcome = create_message(ChatState(), said, context(rows=rows))
    assert outcome.data.mentions == (BOB.user_id,)


@pytest.mark.parametrize(
    ("kind", "role", "calls"),
    [("public", "member", False), ("public", "moderator", True), ("private", "member", True)],
)
def test_who_may_call_the_whole_room(kind: RoomType, role: Role, calls: bool) -> None:
    outcome = create_message(ChatState(), command("@room!"), context(role=role, kind=kind))
    assert outcome.data.mentions_room is calls


def test_slow_mode_counts_each_member_and_spares_who_keeps_order() -> None:
    state = create_message(ChatState(slow_mode_s=10), command(), context()).state
    with pytest.raises(SlowMode) as refused:
        create_message(state, command(), context(now_ms=NOW_MS + 4_000))
    assert refused.value.retry_after_ms == 6_000
    create_message(state, command(), context(BOB, now_ms=NOW_MS + 4_000))
    create_message(state, command(), context(role="moderator", now_ms=NOW_MS + 4_000))
    later = create_message(state, command(), context(now_ms=NOW_MS + 10_000)).state
    assert later.spoke_at_ms == {ADA.user_id: NOW_MS + 10_000}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20_000)), max_size=40))
def test_nobody_speaks_twice_within_the_pause(steps: list[tuple[int, int]]) -> None:
    state, now_ms, spoke = ChatState(slow_mode_s=5), NOW_MS, dict[str, int]()
    for who, passed_ms in steps:
        now_ms += passed_ms
        actor = replace(ADA, user_id=str(uuid.UUID(int=20 + who)))
        asked = context(actor, now_ms=now_ms)
        wait_ms = spoke.get(actor.user_id, 0) + 5_000 - now_ms
        if wait_ms > 0:
            with pytest.raises(SlowMode) as refused:
                create_message(state, command(), asked)
            assert refused.value.retry_after_ms == wait_ms
        else:
            state = create_message(state, command(), asked).state
            spoke[actor.user_id] = now_ms


@pytest.mark.parametrize(
    ("rule", "content", "breaks"),
    [
        (a_rule("keyword", "block", words=("spam",)), "some SPAM here", True),
        (a_rule("keyword", "block", words=("spam",)), "spammer", False),
        (a_rule("keyword", "block", words=("spam*",)), "spammer", True),
        (a_rule("keyword", "block", words=("*ham",)), "a graham", True),
        (a_rule("keyword", "block", words=("a.b",)), "axb", False),
        (a_rule("keyword", "block"), "anything", False),
        (a_rule("link", "block"), "see http://x.org/a", True),
        (a_rule("link", "block"), "no link", False),
        (a_rule("link", "block", words=("x.org",)), "http://www.x.org/a", False),
        (a_rule("link", "block", words=("x.org",)), "http://x.org.evil.com", True),
        (a_rule("link", "block", words=("x.org",)), "http://[broken", True),
        (a_rule("mentions", "block", most=2), "@a @b", False),
    ],
)
def test_a_rule_matches_what_it_says(rule: AutomodRule, content: str, breaks: bool) -> None:
    said = Said(ADA.user_id, content, 2)
    assert (judge(ChatState(rules=(rule,)), said) is rule) is breaks


def test_the_same_text_over_and_over_is_noticed() -> None:
    state = ChatState(rules=(a_rule("repeat", "block", most=2),))
    for content in ("La la", "other", " la  LA "):
        said = Said(ADA.user_id, content, 0)
        assert judge(state, said) is None
        state = replace(state, said=remembering(state, said))
    assert judge(state, Said(ADA.user_id, "LA LA", 0)) is not None
    assert judge(state, Said(BOB.user_id, "LA LA", 0)) is None
    assert digest("a b") != digest("ab")


@given(st.lists(st.tuples(st.integers(0, 2_000), st.text(max_size=3)), max_size=60))
def test_what_is_remembered_of_repeats_stays_small(said: list[tuple[int, str]]) -> None:
    state = ChatState()
    for who, text in said:
        state = replace(state, said=remembering(state, Said(str(who), text, 0)))
    assert all(len(seen) <= 10 for seen in state.said.values())
    assert len(state.said) <= 1_000


def test_a_message_a_rule_stops_is_refused_noted_and_told() -> None:
    state = ChatState(rules=(a_rule("keyword", "time_out", words=("spam",), time_out_s=60),))
    outcome = create_message(state, command("spam"), context())
    assert isinstance(outcome.refusal, Muted)
    assert outcome.members[0].muted_until_ms == NOW_MS + 60_000
    assert [event.name for event in outcome.events] == ["moderation:applied", "member:updated"]
    assert [type(row) for row in outcome.rows] == [Measure, Notice]
    only = replace(state, rules=(replace(state.rules[0], action="block"),))
    outcome = create_message(only, command("spam"), context())
    assert isinstance(outcome.refusal, Blocked)
    assert (outcome.events, outcome.members) == ((), ())
    assert create_message(only, command("spam"), context(role="moderator")).refusal is None


def test_a_muted_member_and_a_closed_direct_message_are_silent() -> None:
    with pytest.raises(Muted):
        create_message(ChatState(), command(), context(muted_until_ms=NOW_MS + 1))
    create_message(ChatState(), command(), context(muted_until_ms=NOW_MS))
    closed = block_dm(
        ChatState(), BlockDm(room_id=ROOM_ID, user_id=BOB.user_id, on=True), context()
    )
    with pytest.raises(Blocked):
        create_message(closed.state, command(), context(kind="dm"))
    reopened = BlockDm(room_id=ROOM_ID, user_id=BOB.user_id, on=False)
    assert block_dm(closed.state, reopened, context()).state == ChatState()


def test_the_author_edits_and_others_do_not() -> None:
    mine = message()
    edit = UpdateMessage(message_id=mine.id, op_id=str(uuid.uuid4()), content="bye", if_rev=0)
    outcome = update_message(None, edit, context(rows=EditRows(mine)))
    row, bells = outcome.rows
    assert isinstance(row, Edited)
    assert (bells.kind, bells.message_id) == ("reworded", mine.id)
    assert (row.before, row.message.content, row.message.rev) == ("hello", "bye", 1)
    assert outcome.data.seq == mine.seq
    cases: list[tuple[Context, UpdateMessage, type[HubError]]] = [
        (context(BOB, "owner", rows=EditRows(mine)), edit, Forbidden),
        (context(rows=EditRows(replace(mine, rev=1))), edit, RevMismatch),
        (context(rows=EditRows(replace(mine, is_deleted=True))), edit, Gone),
        (context(rows=EditRows()), edit, NotFound),
        (context(rows=EditRows(mine), muted_until_ms=NOW_MS + 1), edit, Muted),
        (context(rows=EditRows(mine)), replace(edit, content=" "), Invalid),
    ]
    for asked, what, error in cases:
        with pytest.raises(error):
            update_message(None, what, asked)
    same = update_message(None, replace(edit, content="hello"), context(rows=EditRows(mine)))
    assert (same.events, same.rows) == ((), ())


@pytest.mark.parametrize(
    ("actor", "role", "may"),
    [(ADA, "guest", True), (BOB, "member", False), (BOB, "moderator", True)],
)
def test_the_author_and_moderators_delete(actor: Actor, role: Role, may: bool) -> None:
    said = message()
    delete = DeleteMessage(message_id=said.id, op_id=str(uuid.uuid4()))
    asked = context(actor, role, rows=EditRows(said))
    if not may:
        with pytest.raises(Forbidden):
            delete_message(None, delete, asked)
        return
    outcome = delete_message(None, delete, asked)
    assert outcome.events[-1].data is outcome.data
    assert [type(row) for row in outcome.rows] == [Deleted, Notice] + [Measure] * (actor is BOB)
    gone = EditRows(replace(said, is_deleted=True))
    assert delete_message(None, delete, context(actor, role, rows=gone)).events == ()


def test_pins_are_for_who_keeps_order_and_both_of_a_direct_message() -> None:
    said = message()
    pin = PinMessage(message_id=said.id, op_id=str(uuid.uuid4()))
    with pytest.raises(Forbidden):
        pin_message(None, pin, context(rows=EditRows(said)))
    assert pin_message(None, pin, context(kind="dm", rows=EditRows(said))).events
    assert pin_message(None, pin, context(role="moderator", rows=EditRows(said))).events
    with pytest.raises(Conflict):
        pin_message(None, pin, context(role="owner", rows=EditRows(said, pinned=100)))
    on = EditRows(replace(said, is_pinned=True))
    assert pin_message(None, pin, context(role="owner", rows=on)).events == ()
    assert unpin_message(None, pin, context(role="owner", rows=on)).events
    assert unpin_message(None, pin, context(role="owner", rows=EditRows(said))).events == ()


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("👍🔥🎉")), max_size=20))
def test_reactions_are_a_set_whatever_is_pressed(presses: list[tuple[bool, str]]) -> None:
    mine: set[str] = set()
    for on, emoji in presses:
        rows = ReactionRows(ROOM_ID, kinds=frozenset(mine), mine=frozenset(mine))
        react = React(message_id=str(uuid.uuid4()), emoji=emoji, op_id=str(uuid.uuid4()))
        outcome = (add_reaction if on else remove_reaction)(None, react, context(rows=rows))
        assert len(outcome.events) == len(outcome.rows) == ((emoji in mine) is not on)
        mine = mine | {emoji} if on else mine - {emoji}


def test_a_message_takes_so_many_kinds_of_reactions() -> None:
    full = ReactionRows(ROOM_ID, kinds=frozenset(chr(0x1F600 + n) for n in range(MAX_KINDS)))
    react = React(message_id=str(uuid.uuid4()), emoji="🎷", op_id=str(uuid.uuid4()))
    with pytest.raises(Conflict):
        add_reaction(None, react, context(rows=full))
    add_reaction(None, replace(react, emoji=chr(0x1F600)), context(rows=full))
    with pytest.raises(Gone):
        add_reaction(None, react, context(rows=ReactionRows(ROOM_ID, is_deleted=True)))
    with pytest.raises(NotFound):
        add_reaction(None, react, context(rows=ReactionRows()))


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "❤️", "👨‍👩‍👧", "🇫🇷", "3️⃣", ":tada:", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_an_emoji_is_one(emoji: str) -> None:
    assert clean_emoji(f" {emoji} ") == emoji


@pytest.mark.parametrize("words", ["a", "", " ", "ok👍", "<b>", "\u200d", "👍" * 30, ":No Way:"])
def test_words_are_no_emoji(words: str) -> None:
    with pytest.raises(Invalid):
        clean_emoji(words)


def test_names_stand_behind_an_at_and_not_in_addresses() -> None:
    assert names_in("@Ada, @bob.b! mail a@b.org @@x @room") == {"ada", "bob.b"}
    assert names_room("hey @room!")
    assert not names_room("a@room")
    assert not names_room("@roommate")


def test_settings_are_for_moderators_and_rules_for_admins() -> None:
    rules = (a_rule("keyword", "block", words=("x",)),)
    change = UpdateChat(room_id=ROOM_ID, slow_mode_s=5)
    state = update_chat(ChatState(), change, context(role="moderator")).state
    assert state.slow_mode_s == 5
    with pytest.raises(Forbidden):
        update_chat(state, UpdateChat(room_id=ROOM_ID, rules=rules), context(role="moderator"))
    ruled = update_chat(state, UpdateChat(room_id=ROOM_ID, rules=rules), context(role="admin"))
    assert ruled.state.rules == rules
    assert update_chat(ruled.state, change, context(role="admin")).events == ()
    for bad in ((replace(rules[0], words=("*",)),), rules * 2):
        with pytest.raises(Invalid):
            update_chat(state, UpdateChat(room_id=ROOM_ID, rules=bad), context(role="admin"))


def test_who_wants_to_hear_all_is_told_of_all() -> None:
    state = set_notify(ChatState(), SetNotify(room_id=ROOM_ID, level="all"), context(BOB)).state
    outcome = create_message(state, command(), context())
    (told,) = [row for row in outcome.rows if isinstance(row, Notice)]
    assert told.told_all == (BOB.user_id,)
    quiet = set_notify(state, SetNotify(room_id=ROOM_ID, level="none"), context(BOB))
    assert quiet.state == ChatState()
