"""Timers: each setting runs once, whoever claims it and however often the same one is set."""

import logging
from collections.abc import AsyncIterator, Sequence

import pytest
from msgspec import Struct
from msgspec.structs import replace

from hub.timers import Timers, open_timers
from rooms.feature import Actor, Command, Context, Event, Feature, Outcome, RunAt
from rooms.features import FEATURES
from rooms.ids import Uuid
from storage import timers
from storage.backends import Pool, open_pool
from storage.commit import Committer, StreamEvents, open_committer
from storage.row_stores import ROW_STORES
from tests.eventually import eventually
from tests.people import new_room, new_user

DEADLINE_S = 10.0
ROUNDS = 3


class Ring(Struct, frozen=True):
    """Rings at one time, again and again."""

    room_id: Uuid
    at_ms: int


class Rang(Struct, frozen=True):
    """It has."""

    times: int


class Bell(Struct, frozen=True):
    """How often it rang."""

    rang: int = 0


def wind(bell: Bell, command: Ring, _context: Context) -> Outcome:
    """Sets the timer."""
    return Outcome(bell, later=(RunAt("bell", command.at_ms, "bell:ring", command),))


def ring(bell: Bell, command: Ring, _context: Context) -> Outcome:
    """Rings, and sets the timer to the very time it had."""
    bell = replace(bell, rang=bell.rang + 1)
    again = RunAt("bell", command.at_ms, "bell:ring", command)
    later = (again,) if bell.rang < ROUNDS else ()
    return Outcome(bell, events=(Event("bell:rang", Rang(bell.rang)),), later=later)


BELL = Feature(
    name="bell",
    state=Bell,
    commands={
        "bell:wind": Command(payload=Ring, rule=wind),
        "bell:ring": Command(payload=Ring, rule=ring, internal=True),
    },
    events={"bell:rang": Rang},
)


@pytest.fixture
async def committer(database_url: str) -> AsyncIterator[Committer]:
    def nobody_listens(_commits: Sequence[StreamEvents]) -> None:
        """No sockets here."""

    async with open_committer(database_url, (*FEATURES, BELL), ROW_STORES, nobody_listens) as made:
        yield made


async def wound(pool: Pool, committer: Committer) -> tuple[str, Actor]:
    """A room whose bell is due."""
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    command = Ring(room_id, 1_000)
    await committer.submit("bell:wind", command, room_id=room_id, actor=ada)
    return room_id, ada


async def nobody(_room_id: str) -> tuple[str, ...]:
    return ()


async def test_a_timer_set_to_the_time_of_one_that_has_run_runs_too(
    pool: Pool, committer: Committer
) -> None:
    room_id, _ = await wound(pool, committer)
    rang = "SELECT count(*) FROM stream_events WHERE stream_id = $1 AND event = 'bell:rang'"
    two = [Timers(pool, (*FEATURES, BELL), committer, nobody) for _ in range(2)]
    none = "SELECT count(*) = 0 FROM timers WHERE stream_id = $1"
    async with open_timers(two[0]), open_timers(two[1]):
        await eventually(lambda: pool.fetchval(none, room_id), DEADLINE_S)
    assert await pool.fetchval(rang, room_id) == ROUNDS


async def test_a_claim_that_ran_out_is_the_same_command_and_happens_once(
    pool: Pool, committer: Committer
) -> None:
    await wound(pool, committer)
    (first,) = await timers.claim_due(pool, 2_000)
    assert await timers.claim_due(pool, 2_000) == []
    assert await timers.claim_due(pool, 2_000 + timers.CLAIM_MS) == [first]


async def test_what_was_set_anew_meanwhile_is_not_forgotten_with_what_has_run(
    pool: Pool, committer: Committer
) -> None:
    room_id, ada = await wound(pool, committer)
    (first,) = await timers.claim_due(pool, 2_000)
    command = Ring(room_id, 1_000)
    await committer.submit("bell:wind", command, room_id=room_id, actor=ada)
    await timers.forget(pool, first)
    (second,) = await timers.claim_due(pool, 2_000)
    assert second.id != first.id
    await timers.forget(pool, second)
    assert await timers.next_at_ms(pool, 2_000) is None


async def test_postgresql_away_is_a_line_and_no_traceback(
    database_url: str, committer: Committer, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_pool(database_url, size=2, application_name="away") as away:
        await away.close()
        async with open_timers(Timers(away, FEATURES, committer, nobody)):
            await eventually(lambda: bool(caplog.records), DEADLINE_S)

    (record,) = [one for one in caplog.records if one.name == "hub.timers"][:1]
    assert (record.getMessage(), record.levelno) == ("timers.look_failed", logging.WARNING)
    assert record.exc_info is None
