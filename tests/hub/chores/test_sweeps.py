"""Sweeps: all of them, again and again, whatever one of them meets."""

import asyncio

from hub.chores.sweeps import open_sweeps
from rooms.errors import Unavailable

DEADLINE_S = 5.0


async def test_one_that_cannot_work_now_holds_up_no_other_and_is_tried_again() -> None:
    tries = 0
    second_round = asyncio.Event()

    async def broken() -> int:
        nonlocal tries
        tries += 1
        raise Unavailable("away")

    async def working() -> int:
        if tries == 2:
            second_round.set()
        return 1

    async with (
        asyncio.timeout(DEADLINE_S),
        open_sweeps({"broken": broken, "working": working}, every_s=0.001),
    ):
        await second_round.wait()
    assert tries >= 2


async def test_leaving_the_block_ends_a_sweep_in_the_middle() -> None:
    begun = asyncio.Event()

    async def endless() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    async with asyncio.timeout(DEADLINE_S), open_sweeps({"endless": endless}):
        await begun.wait()
