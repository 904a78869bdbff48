"""The people of a trial and their rooms."""

from collections.abc import Sequence
from typing import Any

import aiohttp

from tests.faults.harness.accounts import sign_in
from tests.faults.harness.history import History
from tests.faults.harness.people import Pace, Person
from tests.faults.harness.profile import Profile
from tests.faults.harness.stage import NODES, Stage
from veza_client import Connection


async def gather(
    stage: Stage, profile: Profile, history: History, seed: str
) -> tuple[list[str], list[Person]]:
    """Accounts, rooms, and everybody a member of his."""
    signed_in = await sign_in(stage, profile.people)
    ids = {user_id: number for number, (user_id, _) in enumerate(signed_in)}
    rooms: dict[int, str] = {}
    async with aiohttp.ClientSession() as client:
        for number, (_, token) in enumerate(signed_in):
            wire = Connection(lambda _event, _payload: None)
            await wire.open(client, stage.nodes[number % NODES].url, {"token": token})
            for room in _rooms_of(number, profile):
                if room in rooms:
                    await ok(wire, "room:join", {"room_id": rooms[room]})
                else:
                    made = await ok(wire, "room:create", {"name": f"Room {room}"})
                    rooms[room] = made["id"]
            await wire.close()
    urls = [node.people_url for node in stage.nodes]
    people = [
        Person(
            number,
            history=history,
            token=token,
            rooms=[rooms[room] for room in _rooms_of(number, profile)],
            urls=urls,
            people=ids,
            pace=Pace(
                profile.think_s,
                slots=profile.slots,
                goes_away=number >= profile.people - profile.leavers,
            ),
            seed=seed,
        )
        for number, (_, token) in enumerate(signed_in)
    ]
    return list(rooms.values()), people


def members(people: Sequence[Person], room: str) -> set[int]:
    """Numbers of those who are in a room."""
    return {person.number for person in people if room in person.following}


async def ok(wire: Connection, event: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The data of a call that must succeed.

    Raises:
        RuntimeError: it was refused.
    """
    ack = await wire.call(event, payload)
    if not ack["ok"]:
        raise RuntimeError(f"{event} answers {ack}")
    data: dict[str, Any] = ack["data"]
    return data


def _rooms_of(number: int, profile: Profile) -> list[int]:
    return [(number + step) % profile.rooms for step in range(profile.rooms_each)]
