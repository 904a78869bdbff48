"""Words of messages: found a moment after the ack, each once, by whichever worker is there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.chores.message_words import open_message_words
from rooms.chat.commands import CreateMessage
from rooms.feature import Actor
from rooms.features import FEATURES
from storage.backends import Pool
from storage.commit import Committer, open_committer
from storage.messages.words import MOST_MESSAGES, MessageWords
from storage.row_stores import ROW_STORES
from tests.eventually import eventually
from tests.people import fresh_id, new_room, new_user

FOUND = """
SELECT count(*) FROM messages
WHERE room_id = $1 AND content_tsv @@ websearch_to_tsquery('simple', $2)
"""


@pytest.fixture
async def committer(database_url: str) -> AsyncIterator[Committer]:
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as opened:
        yield opened


async def say(committer: Committer, room_id: str, who: Actor, content: str) -> None:
    m = CreateMessage(room_id=room_id, client_id=fresh_id(), content=content)
    await committer.submit("message:create", m, room_id=room_id, actor=who, op_id=m.client_id)


async def test_what_was_said_is_found_once_the_worker_has_come_by(
    pool: Pool, committer: Committer
) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    await say(committer, room_id, ada, "a quiet evening")
    assert await pool.fetchval(FOUND, room_id, "evening") == 0
    assert not await MessageWords(pool).fill()
    assert await pool.fetchval(FOUND, room_id, "evening") == 1


async def test_a_long_backlog_is_done_in_rounds_and_nothing_is_passed_over(
    pool: Pool, committer: Committer
) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    count = MOST_MESSAGES + 20
    await asyncio.gather(*(say(committer, room_id, ada, f"word {n}") for n in range(count)))
    words = MessageWords(pool)
    assert await words.fill()
    assert not await words.fill()
    assert await pool.fetchval(FOUND, room_id, "word") == count


async def test_two_workers_at_once_lose_nothing(pool: Pool, committer: Committer) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    async with (
        open_message_words(MessageWords(pool), 0.001),
        open_message_words(MessageWords(pool), 0.001),
    ):
        for n in range(50):
            await say(committer, room_id, ada, f"tick {n}")

        async def all_are_found() -> bool:
            return int(await pool.fetchval(FOUND, room_id, "tick")) >= 50

        await eventually(all_are_found)


async def test_an_edit_brings_its_own_words(pool: Pool, committer: Committer) -> None:
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    await say(committer, room_id, ada, "before")
    await pool.execute("UPDATE messages SET content = 'after' WHERE room_id = $1", room_id)
    assert await pool.fetchval(FOUND, room_id, "after") == 1
    await MessageWords(pool).fill()
    assert await pool.fetchval(FOUND, room_id, "before") == 0
    assert await pool.fetchval(FOUND, room_id, "after") == 1


async def test_the_index_answers(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        query = "EXPLAIN SELECT id FROM messages WHERE content_tsv @@ 'evening'"
        plan = "\n".join(row[0] for row in await connection.fetch(query))
    assert "messages_words_idx" in plan
