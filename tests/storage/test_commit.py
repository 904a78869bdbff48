"""The group commit against a real PostgreSQL: order, idempotency, isolation of failures."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import msgspec
import pytest

from rooms.chat.commands import CreateMessage
from rooms.errors import Conflict, Forbidden, HubError, Invalid, NotFound, Unavailable
from rooms.features import FEATURES
from rooms.membership.commands import AcceptInvite, CreateInvite, JoinRoom
from storage.backends import Pool
from storage.commit import Committed, Committer, StreamEvents, open_committer
from storage.log import Log
from storage.metrics import COMMITS_OVERTAKEN
from storage.row_stores import ROW_STORES
from tests.eventually import eventually
from tests.people import fresh_id, new_room, new_user


class Heard:
    """What the commits published."""

    def __init__(self) -> None:
        self.commits: list[StreamEvents] = []

    def __call__(self, commits: Sequence[StreamEvents]) -> None:
        self.commits.extend(commits)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def committer(database_url: str, heard: Heard) -> AsyncIterator[Committer]:
    async with open_committer(database_url, FEATURES, ROW_STORES, heard) as opened:
        yield opened


async def test_a_room_begins_with_its_creation_and_its_owner(
    pool: Pool, committer: Committer
) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner)
    log = Log(pool)
    head = await log.head(room_id)
    assert head is not None
    events = await log.catch_up(f"room:{room_id}", head.epoch, 0, head.seq)
    assert [(e.seq, e.event) for e in events] == [(1, "room:created"), (2, "member:joined")]
    assert events[0].by.user_id == owner.user_id


async def test_messages_sent_at_once_get_gapless_seqs_in_order_of_arrival(
    pool: Pool, committer: Committer, heard: Heard
) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner)
    sent = [
        CreateMessage(room_id=room_id, client_id=fresh_id(), content=f"m{n}") for n in range(300)
    ]
    committed = await asyncio.gather(
        *(
            committer.submit("message:create", m, room_id=room_id, actor=owner, op_id=m.client_id)
            for m in sent
        )
    )
    assert [c.seq for c in committed] == list(range(3, 303))
    rows = await pool.fetch(
        "SELECT seq, content FROM messages WHERE room_id = $1 ORDER BY seq", room_id
    )
    assert [row["content"] for row in rows] == [m.content for m in sent]
    published = [e.seq for c in heard.commits if c.stream == f"room:{room_id}" for e in c.events]
    assert published == list(range(1, 303))


async def test_a_repeat_returns_the_first_answer_and_another_content_is_a_conflict(
    pool: Pool, committer: Committer, database_url: str
) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner)
    client_id = fresh_id()
    message = CreateMessage(room_id=room_id, client_id=client_id, content="once")

    async def send(through: Committer, content: str = "once") -> tuple[int | None, str]:
        committed = await through.submit(
            "message:create",
            msgspec.structs.replace(message, content=content),
            room_id=room_id,
            actor=owner,
            op_id=client_id,
        )
        return committed.seq, msgspec.json.decode(committed.data)["id"]

    async with open_committer(database_url, FEATURES, ROW_STORES, Heard()) as other_node:
        answers = await asyncio.gather(
            *(send(node) for node in (committer, other_node) for _ in range(5))
        )
        assert len(set(answers)) == 1
        with pytest.raises(Conflict) as refused:
            await send(other_node, "twice")
    assert refused.value.code == "IDEMPOTENCY_CONFLICT"
    count = await pool.fetchval("SELECT count(*) FROM messages WHERE room_id = $1", room_id)
    assert count == 1


async def test_two_nodes_keep_one_room_gapless(
    pool: Pool, committer: Committer, database_url: str
) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner)

    async def talk(through: Committer) -> list[int]:
        seqs: list[int] = []
        for n in range(60):
            m = CreateMessage(room_id=room_id, client_id=fresh_id(), content=f"m{n}")
            committed = await through.submit(
                "message:create", m, room_id=room_id, actor=owner, op_id=m.client_id
            )
            assert committed.seq is not None
            seqs.append(committed.seq)
        return seqs

    async with open_committer(database_url, FEATURES, ROW_STORES, Heard()) as other_node:
        spoken = await asyncio.gather(*(talk(n) for n in (committer, other_node, committer)))
    assert sorted(seq for seqs in spoken for seq in seqs) == list(range(3, 183))
    assert all(a < b for seqs in spoken for a, b in pairwise(seqs))


async def test_a_refused_command_leaves_its_neighbours_alone(
    pool: Pool, committer: Committer
) -> None:
    owner = await new_user(pool, "ada")
    stranger = await new_user(pool, "bob")
    room_id = await new_room(committer, owner, type="private")

    async def send(content: str, by: str = "owner") -> object:
        m = CreateMessage(room_id=room_id, client_id=fresh_id(), content=content)
        actor = owner if by == "owner" else stranger
        return await committer.submit(
            "message:create", m, room_id=room_id, actor=actor, op_id=m.client_id
        )

    results = await asyncio.gather(
        send("a"), send("   "), send("b"), send("c", "stranger"), return_exceptions=True
    )
    assert isinstance(results[1], Invalid)
    assert results[1].fields[0].code == "EMPTY"
    assert isinstance(results[3], NotFound)
    contents = await pool.fetch("SELECT content FROM messages WHERE room_id = $1", room_id)
    assert sorted(row["content"] for row in contents) == ["a", "b"]


async def test_a_reply_to_a_message_of_another_room_is_refused(
    pool: Pool, committer: Committer
) -> None:
    owner = await new_user(pool, "ada")
    here, there = await new_room(committer, owner), await new_room(committer, owner)
    first = CreateMessage(room_id=there, client_id=fresh_id(), content="elsewhere")
    committed = await committer.submit(
        "message:create", first, room_id=there, actor=owner, op_id=first.client_id
    )
    other_id = msgspec.json.decode(committed.data)["id"]
    reply = CreateMessage(room_id=here, client_id=fresh_id(), content="re", reply_to_id=other_id)
    with pytest.raises(Invalid) as refused:
        await committer.submit(
            "message:create", reply, room_id=here, actor=owner, op_id=reply.client_id
        )
    assert refused.value.fields[0].field == "reply_to_id"


async def test_an_invitation_lets_as_many_in_as_it_says(pool: Pool, committer: Committer) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner, type="private")
    invite = CreateInvite(room_id=room_id, max_uses=2)
    made = await committer.submit("invite:create", invite, room_id=room_id, actor=owner)
    token = msgspec.json.decode(made.data)["token"]

    async def accept(name: str) -> str:
        guest = await new_user(pool, name, is_guest=True)
        try:
            await committer.submit(
                "invite:accept", AcceptInvite(token=token), room_id=room_id, actor=guest
            )
        except HubError as error:
            return error.code
        return "in"

    assert [await accept(name) for name in ("b", "c", "d")] == ["in", "in", "GONE"]


async def test_a_stranger_joins_a_public_room_only(pool: Pool, committer: Committer) -> None:
    owner, stranger = await new_user(pool, "ada"), await new_user(pool, "bob")
    public = await new_room(committer, owner)
    private = await new_room(committer, owner, type="private")
    await committer.submit("room:join", JoinRoom(room_id=public), room_id=public, actor=stranger)
    with pytest.raises(NotFound):
        await committer.submit(
            "room:join", JoinRoom(room_id=private), room_id=private, actor=stranger
        )


async def test_an_append_is_durable_and_happens_once(pool: Pool, committer: Committer) -> None:
    user = await new_user(pool, "ada")
    op_id = fresh_id()
    for _ in range(2):
        await committer.append(user.user_id, "track:ready", {"track_id": "t"}, op_id)
    head = await Log(pool).head(user.user_id)
    assert head is not None
    assert head.seq == 1


async def test_what_another_node_changes_meanwhile_counts(pool: Pool, committer: Committer) -> None:
    """The batch has read a member; he is banned before it writes: it reads again, and refuses."""
    owner, member = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(committer, owner)
    await committer.submit("room:join", JoinRoom(room_id=room_id), room_id=room_id, actor=member)
    message = CreateMessage(room_id=room_id, client_id=fresh_id(), content="let me in")
    before = COMMITS_OVERTAKEN._value.get()
    async with pool.acquire() as other_node, other_node.transaction():
        await other_node.execute("UPDATE streams SET rev = rev + 1 WHERE id = $1", room_id)
        sending = asyncio.create_task(
            committer.submit(
                "message:create", message, room_id=room_id, actor=member, op_id=message.client_id
            )
        )
        await _until_it_waits_for_a_lock(pool)
        await other_node.execute(
            "UPDATE room_members SET state = 'banned' WHERE user_id = $1", member.user_id
        )
    with pytest.raises(Forbidden):
        await sending
    assert COMMITS_OVERTAKEN._value.get() == before + 1
    assert await pool.fetchval("SELECT count(*) FROM messages WHERE room_id = $1", room_id) == 0


async def test_a_commit_without_an_event_counts_as_a_change(
    pool: Pool, committer: Committer
) -> None:
    owner = await new_user(pool, "ada")
    room_id = await new_room(committer, owner)
    before = await pool.fetchrow("SELECT head_seq, rev FROM streams WHERE id = $1", room_id)
    await committer.submit("room:join", JoinRoom(room_id=room_id), room_id=room_id, actor=owner)
    after = await pool.fetchrow("SELECT head_seq, rev FROM streams WHERE id = $1", room_id)
    assert before is not None
    assert after is not None
    assert (after["head_seq"], after["rev"]) == (before["head_seq"], before["rev"] + 1)


async def test_what_was_entered_is_committed_before_the_committer_ends(
    pool: Pool, database_url: str
) -> None:
    owner = await new_user(pool, "ada")
    async with open_committer(database_url, FEATURES, ROW_STORES, Heard()) as committer:
        room_id = await new_room(committer, owner)
        sent = [CreateMessage(room_id=room_id, client_id=fresh_id(), content="m") for _ in range(9)]
        sending = [
            asyncio.create_task(
                committer.submit(
                    "message:create", m, room_id=room_id, actor=owner, op_id=m.client_id
                )
            )
            for m in sent
        ]
        await asyncio.sleep(0)
    assert [c.seq for c in await asyncio.gather(*sending)] == list(range(3, 12))


async def _until_it_waits_for_a_lock(pool: Pool) -> None:
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'veza-committer' AND wait_event_type = 'Lock'
          AND datname = current_database()
    """
    await eventually(lambda: pool.fetchval(waiting), 5, each_s=0.005)


async def test_what_has_not_begun_is_refused_and_not_done_later(
    pool: Pool, database_url: str
) -> None:
    """When a drain runs out of time: nothing is done of which nobody is told."""
    owner = await new_user(pool, "ada")
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as committer:
        room_id = await new_room(committer, owner)

        def say(content: str) -> "asyncio.Task[Committed]":
            message = CreateMessage(room_id=room_id, client_id=fresh_id(), content=content)
            return asyncio.create_task(
                committer.submit("message:create", message, room_id=room_id, actor=owner)
            )

        async with pool.acquire() as other, other.transaction():
            await other.execute("SELECT 1 FROM streams WHERE id = $1 FOR UPDATE", room_id)
            begun = say("begun")
            await _until_it_waits_for_a_lock(pool)
            waits = say("waits")
            await asyncio.sleep(0)  # pace: it is entered in the next turn
            committer.refuse_waiting()
            late = say("late")
            for refused in (waits, late):
                with pytest.raises(Unavailable):
                    await refused
        assert (await begun).seq
    said = await pool.fetch("SELECT content FROM messages WHERE room_id = $1", room_id)
    assert [row["content"] for row in said] == ["begun"]
