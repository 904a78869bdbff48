"""One trial: a hub, people who talk, what goes wrong, and the verdict."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
from msgspec import Struct

from tests.eventually import eventually
from tests.faults.harness.checks import (
    LogLine,
    Violation,
    check_answers,
    check_drain,
    check_log,
    check_real_time,
    check_senders,
    check_shown,
    check_wire,
)
from tests.faults.harness.company import gather, members
from tests.faults.harness.figures import Figures, check_outages, measure
from tests.faults.harness.history import History
from tests.faults.harness.nemesis import Nemesis
from tests.faults.harness.people import Person
from tests.faults.harness.presence import check_presence, measure_presence
from tests.faults.harness.profile import PROFILES
from tests.faults.harness.schedule import Fault, make_schedule
from tests.faults.harness.stage import NODES, Stage, open_stage
from tests.interrupts import in_thread

UP_WITHIN_S = 30.0
QUIET_WITHIN_S = 20.0
REST_WITHIN_S = 20.0
_LOG = """
SELECT stream_id::text AS room, seq, event, coalesce(op_id::text, '') AS op
FROM stream_events WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, seq
"""


class Verdict(Struct, frozen=True, kw_only=True):
    """What came out."""

    profile: str
    seed: int
    seconds: float
    mutant: str | None
    faults: dict[str, int]
    """Injected, by kind."""
    violations: dict[str, int]
    """By what was violated."""
    examples: list[str]
    figures: Figures
    schedule: list[Fault]


async def run_trial(
    profile_name: str,
    seed: int,
    seconds: float,
    *,
    mutant: str | None = None,
    schedule: Sequence[Fault] | None = None,
    postgres_settings: Mapping[str, str] | None = None,
    history_path: Path | None = None,
) -> Verdict:
    """Runs one trial; takes some 15 s more than `seconds`."""
    profile = PROFILES[profile_name]
    faults = (
        list(schedule)
        if schedule is not None
        else make_schedule(
            seed,
            seconds,
            NODES,
            kinds=profile.kinds,
            pause_s=profile.pause_s,
            lasts=profile.lasts,
        )
    )
    history = History(history_path)
    async with open_stage(mutant=mutant, postgres_settings=postgres_settings) as stage:
        rooms, people = await gather(stage, profile, history, f"{seed}")
        nemesis = Nemesis(stage, history, rooms)
        found: list[Violation] = []
        async with _living(people) as talking:
            await eventually(lambda: all(person.knows({}) for person in people), UP_WITHIN_S)
            await nemesis.run(faults)
            await nemesis.heal()
            for person in people:
                person.stop_talking()
            await asyncio.wait(talking, timeout=QUIET_WITHIN_S)
            await _last_words(stage, people, rooms, seed)
            found += await _rest(stage, people, rooms)
        ends_s = time.monotonic()
        log = await _read_log(stage, rooms)
    shown = measure_presence(history, ends_s)
    found += check_log(history, log) + check_shown(history, log) + check_wire(history)
    found += check_real_time(history, log) + check_senders(history, log) + check_drain(history)
    found += check_answers(history)
    if profile.ghost_s is not None:
        found += check_presence(shown, profile.ghost_s)
    figures = measure(history, shown, nemesis.drained_s)
    found += check_outages(figures, profile.without_redis_ms, profile.first_ack_ms)
    history.close()
    counts: dict[str, int] = {}
    for violation in found:
        counts[violation.what] = counts.get(violation.what, 0) + 1
    return Verdict(
        profile=profile_name,
        seed=seed,
        seconds=seconds,
        mutant=mutant,
        faults=dict(sorted(nemesis.done.items())),
        violations=counts,
        examples=[f"{each.what}: {each.detail}" for each in found[:10]],
        figures=figures,
        schedule=faults,
    )


@asynccontextmanager
async def _living(people: Sequence[Person]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Everybody is on, and talks; all go at the end."""
    lives = [asyncio.create_task(person.live()) for person in people]
    talks = [
        asyncio.create_task(person.talk()) for person in people for _ in range(person.pace.slots)
    ]
    try:
        yield talks
    finally:
        for person in people:
            person.is_stopping = True
        for task in (*lives, *talks):
            task.cancel()
        ended = await asyncio.gather(*lives, *talks, return_exceptions=True)
        for end in ended:
            if isinstance(end, Exception) and not isinstance(end, asyncio.CancelledError):
                raise end


async def _last_words(
    stage: Stage, people: Sequence[Person], rooms: Sequence[str], seed: int
) -> None:
    """The last message of each room is said while Redis is dead: none follows that tells of it."""
    words = random.Random(f"{seed}:last words")  # noqa: S311
    await asyncio.to_thread(stage.redis.kill)
    async with asyncio.TaskGroup() as tasks:
        for room in rooms:
            op = f"{words.getrandbits(128):032x}"
            op = f"{op[:8]}-{op[8:12]}-{op[12:16]}-{op[16:20]}-{op[20:]}"
            present = [person for person in people if room in person.following]
            tasks.create_task(words.choice(present).say(room, op))
    await in_thread(stage.redis.start)


async def _rest(stage: Stage, people: Sequence[Person], rooms: Sequence[str]) -> list[Violation]:
    """All is well again and nobody speaks: soon everybody knows and sees everything."""
    heads: dict[str, int] = {}
    for line in await _read_log(stage, rooms):
        heads[line.room] = line.seq
    found: list[Violation] = []
    with suppress(TimeoutError):
        await eventually(lambda: all(person.knows(heads) for person in people), REST_WITHIN_S)
    there = {room: members(people, room) for room in rooms}
    try:
        await eventually(lambda: all(person.sees(there) for person in people), REST_WITHIN_S)
    except TimeoutError:
        blind = [person.number for person in people if not person.sees(there)]
        found.append(Violation("presence wrong at rest", f"for {blind}"))
    return found


async def _read_log(stage: Stage, rooms: Sequence[str]) -> list[LogLine]:
    connection = await asyncpg.connect(stage.database_url)
    try:
        return [LogLine(**dict(row)) for row in await connection.fetch(_LOG, list(rooms))]
    finally:
        await connection.close()
