"""People and rooms of a scenario, made the way the product makes them."""

import asyncio
from collections.abc import Sequence

import asyncpg
import msgspec
import uuid_utils
from msgspec import Struct

from loadtests.question import Scenario
from loadtests.stage import Person, Stage
from rooms.feature import Actor
from rooms.features import FEATURES
from rooms.membership.commands import CreateRoom
from storage.commit import Committer, StreamEvents, open_committer
from storage.row_stores import ROW_STORES

REQUESTS = "requests"
"""Mode of the scenarios that load a REST address; each has a program of its own."""
LISTENERS = "listeners"
"""Mode of the scenarios whose people listen to a broadcast in one room."""
CATALOG = "catalog"
"""Mode of the scenarios whose people keep a catalog over REST (loadtests/clients)."""
QUEUE = "queue"
"""Mode of the scenarios whose people edit one queue (loadtests/clients)."""
AUDITORIUM = "auditorium"
"""Mode of the scenarios whose people hear one session; a program of its own."""
MADE_AT_ONCE = 20
"""Rooms in the committer's queue at a time."""


LONG_LOG = 1_000_000_000
_LENGTHEN = "UPDATE streams SET head_seq = $2 WHERE id = ANY($1::uuid[])"
_TRACK = """
INSERT INTO tracks (creator_id, title, artist, duration_ms, duration, status, stream_status,
                    is_public, media_prefix)
VALUES ($1, 'Load', 'The Testers', 60000, 60, 'completed', 'ready', true, 'tracks/load')
RETURNING id::text
"""


class Crowd(Struct, frozen=True):
    """Who connects, and to which rooms: the first `members` people belong to the first room."""

    people: list[Person]
    rooms: list[str]
    tracks: list[str] = []
    """Public tracks, the nth of the nth person, where the scenario asks for tracks."""


def gather(stage: Stage, scenario: Scenario) -> Crowd:
    """As many people and rooms as the scenario asks for, new ones."""
    people = stage.people(scenario.rooms * scenario.members)
    if scenario.mode in (REQUESTS, CATALOG):
        return Crowd(people, [], asyncio.run(_make_tracks(stage.database_url, people)))
    if scenario.mode == QUEUE:
        tracks = asyncio.run(_make_tracks(stage.database_url, people))
        return Crowd(people, asyncio.run(_make_rooms(stage.database_url, [people], True)), tracks)
    if scenario.mode == AUDITORIUM:
        track = asyncio.run(_make_tracks(stage.database_url, people[:1]))
        return Crowd(people, asyncio.run(_make_rooms(stage.database_url, [people], True)), track)
    groups = [
        people[first : first + scenario.members]
        for first in range(0, len(people), scenario.members)
    ]
    rooms = asyncio.run(_make_rooms(stage.database_url, groups, scenario.belong))
    if not scenario.belong:
        asyncio.run(_lengthen(stage.database_url, rooms))
    return Crowd(people, rooms)


async def _make_rooms(
    database_url: str, groups: Sequence[Sequence[Person]], belong: bool
) -> list[str]:
    made: list[str] = []
    async with open_committer(database_url, FEATURES, ROW_STORES, _nobody_listens) as committer:
        for first in range(0, len(groups), MADE_AT_ONCE):
            some = groups[first : first + MADE_AT_ONCE]
            made += await asyncio.gather(*(_make_room(committer, g, belong) for g in some))
    return made


async def _lengthen(database_url: str, room_ids: Sequence[str]) -> None:
    """Lets marks of what has been delivered grow: they never pass the end of a log."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_LENGTHEN, room_ids, LONG_LOG)
    finally:
        await connection.close()


async def _make_track(database_url: str, artist: Person) -> str:
    connection = await asyncpg.connect(database_url)
    try:
        return str(await connection.fetchval(_TRACK, artist.user_id))
    finally:
        await connection.close()


async def _make_tracks(database_url: str, artists: Sequence[Person]) -> list[str]:
    """One track of each."""
    return [await _make_track(database_url, artist) for artist in artists]


async def _make_room(committer: Committer, group: Sequence[Person], belong: bool) -> str:
    owner, *others = group
    members = tuple(person.user_id for person in others) if belong else ()
    committed = await committer.submit(
        "room:create",
        CreateRoom(name="Load", members=members),
        room_id=None,
        actor=Actor(owner.user_id, "load", "Load"),
        op_id=str(uuid_utils.uuid7()),
    )
    return str(msgspec.json.decode(committed.data)["id"])


def _nobody_listens(_commits: Sequence[StreamEvents]) -> None:
    """No node runs yet."""
