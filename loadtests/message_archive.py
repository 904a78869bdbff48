"""A million messages, and a node that serves them: what search and history are measured on."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
from msgspec import Struct

from loadtests.stage import open_stage
from storage import embedded
from veza_client import Closed, Connection

MESSAGES = 1_000_000
BIG = 600_000
"""Of them in one room; the rest in forty."""
SMALL_ROOMS = 40
WORDS = 20_000
"""In the vocabulary; how often a word comes falls with its number as in a language."""

_INDEX = "SELECT pg_get_indexdef('messages_words_idx'::regclass)"

_ROOMS = """
INSERT INTO rooms (id, name, room_type, creator_id)
SELECT gen_random_uuid(), 'Room ' || n, 'private', $1 FROM generate_series(0, $2::int) AS n
RETURNING id
"""

_MEMBERS = """
INSERT INTO room_members (room_id, user_id, role, joined_at)
SELECT room_id, user_id, 'member', now()
FROM unnest($1::uuid[]) AS r (room_id), unnest($2::uuid[]) AS u (user_id)
"""

_STREAMS = """
INSERT INTO streams (id, kind, epoch, head_seq) SELECT id, 'room', 'load', 1000000
FROM unnest($1::uuid[]) AS r (id)
"""

# Message n of a million: the first 600,000 fill one room. Some have reactions and answers.
_MESSAGES = """
INSERT INTO messages (id, room_id, sender_id, content, seq, thread_id, created_at, content_tsv)
SELECT uuidv7(make_interval(secs => m.n - 2000000)), m.room_id, m.sender_id, m.content, m.seq, NULL,
       now() + make_interval(secs => m.n - 2000000), to_tsvector('simple', m.content)
FROM (
    SELECT n,
           ($1::uuid[])[CASE WHEN n <= $3 THEN 1 ELSE 2 + n % ($4::int - 1) END] AS room_id,
           ($2::uuid[])[1 + n % cardinality($2::uuid[])] AS sender_id, n AS seq,
           (SELECT string_agg('w' || floor($5 * power(random(), 4)), ' ')
            FROM generate_series(1, 9 + 0 * n)) AS content
    FROM generate_series($6::int, $7::int) AS n
) AS m
"""

_REACTIONS = """
INSERT INTO message_reactions (message_id, user_id, emoji)
SELECT m.id, u.id, '👍' FROM messages m CROSS JOIN LATERAL (
    SELECT id FROM unnest($1::uuid[]) AS u (id) LIMIT 3) AS u
WHERE m.seq % 20 = 0
"""


class Archive(Struct, frozen=True):
    """What a measurement works with."""

    ask: Callable[[str, dict[str, object]], Awaitable[dict[str, object]]]
    """One call over the socket; its `data`."""
    big_room_id: str
    small_room_id: str
    user_id: str


@asynccontextmanager
async def open_archive(count: int = MESSAGES) -> AsyncIterator[Archive]:
    """A filled database on private servers (fsync on), one node, and a member's socket."""
    with open_stage() as stage:
        people = stage.people(20)
        port = embedded.free_port()
        users = [person.user_id for person in people]
        connection = await asyncpg.connect(stage.database_url)
        try:
            rooms = await _fill(connection, users, count)
        finally:
            await connection.close()
        argv = (sys.executable, "-m", "hub", "serve", "--port", str(port))
        with stage.process("serve", argv, stage.environment(), stage.server_core):
            async with _connected(port, people[0].token) as client:

                async def ask(event: str, payload: dict[str, object]) -> dict[str, object]:
                    async with asyncio.timeout(30):
                        ack = await client.call(event, payload)
                    if not ack["ok"]:
                        raise RuntimeError(f"{event}: {ack['error']}")
                    data: dict[str, object] = ack["data"]
                    return data

                yield Archive(ask, rooms[0], rooms[1], users[0])


def percentiles(times_ms: list[float]) -> dict[str, float]:
    """Median, 99th of a hundred and longest."""
    ordered = sorted(times_ms)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
        "max_ms": round(ordered[-1], 2),
    }


async def timed_ms(work: Awaitable[object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def _fill(
    connection: "asyncpg.Connection[asyncpg.Record]", users: list[str], count: int
) -> list[str]:
    rows = await connection.fetch(_ROOMS, users[0], SMALL_ROOMS)
    rooms = [str(row["id"]) for row in rows]
    await connection.execute(_STREAMS, rooms)
    await connection.execute(_MEMBERS, rooms, users)
    index = await connection.fetchval(_INDEX)
    await connection.execute("DROP INDEX messages_words_idx")
    big = count * BIG // MESSAGES
    step = 50_000
    for first in range(1, count + 1, step):
        last = min(first + step - 1, count)
        await connection.execute(
            _MESSAGES, rooms, users, big, len(rooms), WORDS, first, last, timeout=600
        )
    await connection.execute(index, timeout=600)
    await connection.execute(_REACTIONS, users, timeout=600)
    await connection.execute("VACUUM ANALYZE messages", timeout=600)
    await connection.execute("VACUUM ANALYZE message_reactions", timeout=600)
    return rooms


@asynccontextmanager
async def _connected(port: int, token: str) -> AsyncIterator[Connection]:
    """A member's socket, as soon as the node takes it."""
    async with aiohttp.ClientSession() as http:
        async with asyncio.timeout(60):
            while True:
                connection = Connection(lambda _event, _payload: None)
                try:
                    await connection.open(http, f"http://127.0.0.1:{port}", {"token": token})
                    break
                except Closed:
                    await asyncio.sleep(0.2)
        try:
            yield connection
        finally:
            await connection.leave()
