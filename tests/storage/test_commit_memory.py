"""What a committer remembers of a room, and what others do to the room meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.chat.commands import CreateMessage
from rooms.errors import Forbidden, HubError, NotFound
from rooms.feature import Actor
from rooms.features import FEATURES
from rooms.membership.commands import JoinRoom, LeaveRoom
from storage.backends import Pool
from storage.commit import Committed, Committer, StreamEvents, open_committer
from storage.commit.memory import MAX_MEMBERS, MAX_STREAMS, Known, Memory, Need
from storage.metrics import COMMITS_OVERTAKEN
from storage.row_stores import ROW_STORES
from tests.people import fresh_id, new_room, new_user


class Nodes:
    """Committers of several nodes on one database."""

    def __init__(self, committers: Sequence[Committer]) -> None:
        self._committers = committers

    def __getitem__(self, number: int) -> Committer:
        return self._committers[number]

    async def say(
        self, number: int, room_id: str, actor: Actor, content: str = "hi", op_id: str | None = None
    ) -> Committed:
        """A message by way of one node."""
        m = CreateMessage(room_id=room_id, client_id=op_id or fresh_id(), content=content)
        return await self[number].submit(
            "message:create", m, room_id=room_id, actor=actor, op_id=m.client_id
        )

    async def join(self, number: int, room_id: str, actor: Actor) -> Committed:
        """Becomes a member by way of one node."""
        return await self[number].submit(
            "room:join", JoinRoom(room_id=room_id), room_id=room_id, actor=actor
        )

    async def leave(self, number: int, room_id: str, actor: Actor) -> Committed:
        """Leaves by way of one node."""
        return await self[number].submit(
            "room:leave", LeaveRoom(room_id=room_id), room_id=room_id, actor=actor
        )


@pytest.fixture
async def nodes(database_url: str) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                open_committer(database_url, FEATURES, ROW_STORES, _nobody_listens)
            )
            for _ in range(3)
        ]
        yield Nodes(opened)


def _nobody_listens(_commits: Sequence[StreamEvents]) -> None:
    """These nodes have no sockets."""


async def seqs(pool: Pool, room_id: str) -> list[int]:
    """The room's log."""
    rows = await pool.fetch(
        "SELECT seq FROM stream_events WHERE stream_id = $1 ORDER BY seq", room_id
    )
    return [row["seq"] for row in rows]


async def test_who_was_shown_out_on_another_node_is_refused_at_once(
    pool: Pool, nodes: Nodes
) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(nodes[0], ada)
    await nodes.join(0, room_id, bob)
    await nodes.say(0, room_id, bob)
    await nodes.leave(1, room_id, bob)
    with pytest.raises(Forbidden):
        await nodes.say(0, room_id, bob)
    assert await seqs(pool, room_id) == [1, 2, 3, 4, 5]


async def test_who_came_in_on_another_node_is_heard_at_once(pool: Pool, nodes: Nodes) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(nodes[0], ada)
    with pytest.raises(Forbidden):
        await nodes.say(0, room_id, bob)
    await nodes.say(0, room_id, ada)
    await nodes.join(1, room_id, bob)
    assert (await nodes.say(0, room_id, bob)).seq == 5


async def test_a_message_that_another_node_has_is_not_said_twice(pool: Pool, nodes: Nodes) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(nodes[0], ada)
    first = await nodes.say(0, room_id, ada, op_id=(op_id := fresh_id()))
    await nodes.say(1, room_id, ada)
    again = await asyncio.gather(
        nodes.say(1, room_id, ada, op_id=op_id), nodes.say(1, room_id, ada, "something new")
    )
    assert again[0].duplicate
    assert (again[0].seq, again[0].data) == (first.seq, first.data)
    assert not again[1].duplicate
    assert await seqs(pool, room_id) == [1, 2, 3, 4, 5]


async def test_a_repeat_is_answered_as_before_although_its_sender_is_out_by_now(
    pool: Pool, nodes: Nodes
) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(nodes[0], ada)
    await nodes.join(0, room_id, bob)
    first = await nodes.say(0, room_id, bob, op_id=(op_id := fresh_id()))
    await nodes.leave(0, room_id, bob)
    again, _ = await asyncio.gather(
        nodes.say(0, room_id, bob, op_id=op_id), nodes.say(0, room_id, ada)
    )
    assert (again.duplicate, again.seq) == (True, first.seq)


CHANGES = {
    "a member": "UPDATE room_members SET state = 'banned' WHERE room_id = $1 AND user_id = $2",
    "a membership": "DELETE FROM room_members WHERE room_id = $1 AND user_id = $2",
    "a mute": """UPDATE room_members SET muted_until = now() + interval '1 hour'
                 WHERE room_id = $1 AND user_id = $2""",
    "the room": "UPDATE rooms SET deleted_at = now() WHERE id = $1 AND $2::uuid IS NOT NULL",
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_is_changed_by_other_hands_counts_at_once(
    pool: Pool, nodes: Nodes, what: str
) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(nodes[0], ada)
    await nodes.join(0, room_id, bob)
    await nodes.say(0, room_id, bob)
    await pool.execute(CHANGES[what], room_id, bob.user_id)
    with pytest.raises((Forbidden, NotFound, HubError)) as refused:
        await nodes.say(0, room_id, bob)
    assert refused.value.status in (403, 404)


RAISING = {
    "a slice": """INSERT INTO slices (stream_id, feature, state) VALUES ($1, 'toy', '{}')
                  ON CONFLICT (stream_id, feature) DO UPDATE SET state = '{}'""",
    "the epoch": "UPDATE streams SET epoch = 'restored' WHERE id = $1",
    "the policy": 'UPDATE rooms SET policy = \'{"wait": "all"}\' WHERE id = $1',
    "a name": """UPDATE users SET display_name = 'Ada!'
                 WHERE id = (SELECT creator_id FROM rooms WHERE id = $1)""",
}


@pytest.mark.parametrize("what", RAISING)
async def test_whoever_writes_what_is_remembered_raises_the_rev(
    pool: Pool, nodes: Nodes, what: str
) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(nodes[0], ada)
    rev = "SELECT rev FROM streams WHERE id = $1"
    before = await pool.fetchval(rev, room_id)
    await pool.execute(RAISING[what], room_id)
    assert await pool.fetchval(rev, room_id) > before


async def test_a_watermark_does_not_disturb_what_is_remembered(pool: Pool, nodes: Nodes) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(nodes[0], ada)
    before = COMMITS_OVERTAKEN._value.get()
    await pool.execute("UPDATE room_members SET last_read_seq = 2 WHERE room_id = $1", room_id)
    await nodes.say(0, room_id, ada)
    assert COMMITS_OVERTAKEN._value.get() == before


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 2), st.sampled_from(("join", "leave", "say", "repeat"))
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_three_nodes_answer_as_one_would(
    pool: Pool, nodes: Nodes, steps: list[tuple[int, int, str]]
) -> None:
    """Whatever is done by way of whichever node, the next one knows it."""
    owner = await new_user(pool, "ada")
    people = [await new_user(pool, name) for name in ("bob", "cyd", "dan")]
    room_id = await new_room(nodes[0], owner)
    inside: set[int] = set()
    said: dict[int, tuple[str, int]] = {}
    head = 2
    for node, who, what in steps:
        actor = people[who]
        match what:
            case "join":
                await nodes.join(node, room_id, actor)
                head += who not in inside
                inside.add(who)
            case "leave" if who in inside:
                await nodes.leave(node, room_id, actor)
                head += 1
                inside.discard(who)
            case "say" if who in inside:
                committed = await nodes.say(node, room_id, actor, op_id=(op_id := fresh_id()))
                head += 1
                assert committed.seq == head
                said[who] = (op_id, head)
            case "repeat" if who in said:
                again = await nodes.say(node, room_id, actor, op_id=said[who][0])
                assert (again.duplicate, again.seq) == (True, said[who][1])
            case "say" | "leave":
                with pytest.raises(HubError) as refused:
                    await nodes.say(node, room_id, actor)
                assert refused.value.status == 403
    assert await seqs(pool, room_id) == list(range(1, head + 1))


async def test_three_nodes_at_once_keep_rooms_gapless_and_answer_each_command_once(
    pool: Pool, nodes: Nodes
) -> None:
    owner = await new_user(pool, "ada")
    room_ids = [await new_room(nodes[0], owner) for _ in range(3)]
    answers: dict[str, set[tuple[int | None, bytes]]] = {}

    async def talk(number: int) -> None:
        for n in range(120):
            op_id = fresh_id()
            room_id = room_ids[(n + number) % 3]
            # Every tenth is sent by way of two nodes at once, as after a lost connection.
            ways = (number, (number + 1) % 3) if n % 10 == 0 else (number,)
            given = await asyncio.gather(
                *(nodes.say(way, room_id, owner, str(n), op_id) for way in ways)
            )
            answers[op_id] = {(answer.seq, bytes(answer.data)) for answer in given}

    await asyncio.gather(*(talk(number % 3) for number in range(9)))
    assert all(len(given) == 1 for given in answers.values())
    logs = [await seqs(pool, room_id) for room_id in room_ids]
    assert all(log == list(range(1, len(log) + 1)) for log in logs)
    assert sum(map(len, logs)) == 3 * 2 + 9 * 120
    messages = await pool.fetch("SELECT room_id::text, seq, content, client_id::text FROM messages")
    assert len(messages) == 9 * 120
    for row in messages:
        ((seq, data),) = answers[row["client_id"]]
        assert (seq, msgspec.json.decode(data)["content"]) == (row["seq"], row["content"])


def known(stream_id: str, rev: int = 0, members: int = 0) -> Known:
    """A stream of which so many people are known."""
    made = Known(stream_id, "room", "e", 5, rev, None)
    made.members = {str(n): None for n in range(members)}
    return made


def needs(*stream_ids: str, users: set[str] | None = None) -> dict[str, Need]:
    """The same need of each."""
    return {stream_id: Need(users or set(), {}) for stream_id in stream_ids}


def test_a_stream_is_recalled_when_all_that_is_needed_of_it_is_known() -> None:
    memory = Memory()
    memory.keep([known("a", members=2)])
    assert memory.recall(needs("a", "b", users={"0", "1"})).keys() == {"a"}
    assert not memory.recall(needs("a", users={"0", "2"}))
    memory.forget({"a"})
    assert not memory.recall(needs("a"))


def test_what_was_read_again_at_the_same_rev_adds_to_what_was_known() -> None:
    memory = Memory()
    memory.keep([known("a", rev=3, members=2)])
    same, moved = known("a", rev=3), known("a", rev=4)
    same.members = {"9": None}
    memory.complete([same, moved])
    assert same.members.keys() == {"0", "1", "9"}
    assert not moved.members


def test_memory_has_a_bound() -> None:
    memory = Memory()
    memory.keep(known(str(n)) for n in range(MAX_STREAMS + 1))
    assert not memory.recall(needs("0"))
    assert memory.recall(needs("1", str(MAX_STREAMS))).keys() == {"1", str(MAX_STREAMS)}
    memory.keep([known("1", members=MAX_MEMBERS + 1)])
    assert not memory.recall(needs("1"))
