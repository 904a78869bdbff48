"""A machine that stands still is noticed, as far as stopping whoever looks can show."""

import asyncio
import signal
import time

import psutil

from loadtests.heard.standstills import NOTED_S, watching
from tests.eventually import eventually

STOPPED_S = 3 * NOTED_S


async def test_a_standstill_is_noted_with_its_time_and_length() -> None:
    with watching() as watch:
        process = next(
            child
            for child in psutil.Process().children()
            if "loadtests.heard.standstills" in child.cmdline()
        )
        from_s = time.time()
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_S)  # pace: what is measured
        process.send_signal(signal.SIGCONT)
        await eventually(lambda: any(each.lasted_s >= STOPPED_S for each in watch.noted))
    found = next(each for each in watch.noted if each.lasted_s >= STOPPED_S)

    assert from_s - 0.1 < found.at_s < time.time() - STOPPED_S + 0.1
    assert not process.is_running()
