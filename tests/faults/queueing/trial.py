"""Sixteen edit one queue while a nemesis is about."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import asyncpg
import orjson
from msgspec import Struct

from rooms.feature import Actor
from storage.backends import open_pool
from tests.faults.harness.accounts import sign_in
from tests.faults.harness.company import ok
from tests.faults.harness.figures import Spread, spread
from tests.faults.harness.history import History
from tests.faults.harness.nemesis import Nemesis
from tests.faults.harness.schedule import Fault, make_schedule
from tests.faults.harness.stage import NODES, Stage, open_stage
from tests.faults.queueing.checks import QueueLine, check_queue
from tests.faults.queueing.editor import Editor
from tests.people import new_track
from veza_client import Connection

TRACKS = 40
UP_WITHIN_S = 30.0
REST_WITHIN_S = 30.0
PAUSE_S = 0.8
"""Between two faults."""
LASTS = 0.6
_LOG = """
SELECT seq, event, coalesce(op_id::text, '') AS op, data FROM stream_events
WHERE stream_id = $1 AND (event LIKE 'item:%' OR event LIKE 'queue:%') ORDER BY seq
"""


class Edited(Struct, frozen=True, kw_only=True):
    """What came out."""

    seed: int
    editors: int
    edits: int
    faults: dict[str, int]
    """Injected, by kind."""
    answers: dict[str, int]
    """`ok`, or an error's code."""
    edits_per_s: float
    ack: Spread
    """From first asking to the final answer."""
    hashes: int
    """State hashes that each editor compared with his own."""
    left: int
    """Items in the queue at the end."""
    violations: dict[str, int]
    examples: list[str]
    schedule: list[Fault]


async def edit_through(
    seed: int, editors: int, edits: int, *, fault_s: float, mutant: str | None = None
) -> Edited:
    """So many edits of each; with faults for `fault_s` seconds they take about as long."""
    faults = (
        make_schedule(seed, fault_s, NODES, pause_s=PAUSE_S, lasts=LASTS) if fault_s > 0 else []
    )
    async with open_stage(mutant=mutant) as stage:
        crowd = await _gather(stage, editors, seed)
        nemesis = Nemesis(stage, History(), [crowd[0].room_id])
        living = [asyncio.create_task(editor.live()) for editor in crowd]
        try:
            async with asyncio.timeout(UP_WITHIN_S):
                for editor in crowd:
                    await editor.is_up.wait()
            began_s = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                for editor in crowd:
                    tasks.create_task(editor.edit(edits, 0.8 * fault_s / edits))
                tasks.create_task(nemesis.run(faults))
            took_s = time.monotonic() - began_s
            await nemesis.heal()
            log, truth = await _settle(stage, crowd)
        finally:
            for task in living:
                task.cancel()
            await asyncio.gather(*living, return_exceptions=True)
    found = check_queue(crowd, log, truth)
    return Edited(
        seed=seed,
        editors=editors,
        edits=sum(len(editor.took_s) for editor in crowd),
        faults=dict(sorted(nemesis.done.items())),
        answers=_total(editor.answers for editor in crowd),
        edits_per_s=round(sum(len(editor.took_s) for editor in crowd) / took_s, 1),
        ack=spread([took for editor in crowd for took in editor.took_s]),
        hashes=sum(line.data.get("state_hash") is not None for line in log),
        left=len(truth),
        violations=_total({violation.what: 1} for violation in found),
        examples=[f"{each.what}: {each.detail}" for each in found[:10]],
        schedule=faults,
    )


async def _gather(stage: Stage, count: int, seed: int) -> list[Editor]:
    """Accounts in one room with an empty queue, and tracks to fill it."""
    signed_in = await sign_in(stage, count)
    owner = Actor(signed_in[0][0], "owner", "Owner")
    async with open_pool(stage.database_url, size=1) as pool:
        tracks = [await new_track(pool, owner, f"Track {number}") for number in range(TRACKS)]
    room_id = ""
    async with aiohttp.ClientSession() as client:
        for number, (_, token) in enumerate(signed_in):
            wire = Connection(lambda _event, _payload: None)
            await wire.open(client, stage.nodes[number % NODES].url, {"token": token})
            if number == 0:
                room_id = (await ok(wire, "room:create", {"name": "Queue"}))["id"]
            else:
                await ok(wire, "room:join", {"room_id": room_id})
            await wire.close()
    urls = [node.people_url for node in stage.nodes]
    return [
        Editor(number, token, room_id, urls, tracks, seed)
        for number, (_, token) in enumerate(signed_in)
    ]


async def _settle(
    stage: Stage, crowd: Sequence[Editor]
) -> tuple[list[QueueLine], list[Mapping[str, Any]]]:
    """The log and the queue, once everybody has heard all of it."""
    room_id = crowd[0].room_id
    connection = await asyncpg.connect(stage.database_url)
    try:
        head = await connection.fetchval("SELECT head_seq FROM streams WHERE id = $1", room_id)
        rows = await connection.fetch(_LOG, uuid.UUID(room_id))
    finally:
        await connection.close()
    await asyncio.gather(*(editor.until(head, REST_WITHIN_S) for editor in crowd))
    await crowd[0].is_up.wait()
    answer = await crowd[0].ok("stream:subscribe", {"stream": f"room:{room_id}"})
    log = [QueueLine(r["seq"], r["event"], r["op"], orjson.loads(r["data"])) for r in rows]
    return log, answer["snapshot"]["queue"]["items"]


def _total(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items()))
