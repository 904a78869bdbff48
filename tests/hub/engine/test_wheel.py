import asyncio
import logging

import pytest

from hub.engine.budget import Budget
from hub.engine.wheel import Wheel


async def test_nothing_fires_early_and_little_late() -> None:
    loop = asyncio.get_running_loop()
    fired: list[tuple[float, float]] = []
    done = asyncio.Event()
    async with Wheel(0.02) as wheel:
        for delay_s in (0.0, 0.01, 0.05, 0.1):

            def note(due_s: float = loop.time() + delay_s) -> None:
                fired.append((due_s, loop.time()))
                if len(fired) == 4:
                    done.set()

            wheel.after(delay_s, note)
        async with asyncio.timeout(5):
            await done.wait()

    assert all(due_s <= at_s for due_s, at_s in fired)
    assert fired == sorted(fired)


async def test_a_callback_that_fails_stops_nobody_elses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called = asyncio.Event()

    def fail() -> None:
        raise RuntimeError("on purpose")

    async with Wheel(0.01) as wheel:
        wheel.after(0, fail)
        wheel.after(0, called.set)
        with caplog.at_level(logging.ERROR):
            async with asyncio.timeout(5):
                await called.wait()

    assert [record.message for record in caplog.records] == ["wheel.callback_failed"]


class Clock(asyncio.SelectorEventLoop):
    """A loop that is only asked for the time."""

    now_s = 0.0

    def time(self) -> float:
        return self.now_s


def test_a_budget_is_spent_and_grows_again() -> None:
    clock = Clock()
    budget = Budget(per_s=10, burst=3)

    assert [budget.spend(clock) for _ in range(4)] == [True, True, True, False]
    clock.now_s += 0.2
    assert [budget.spend(clock) for _ in range(3)] == [True, True, False]
    clock.now_s += 100
    assert [budget.spend(clock) for _ in range(4)] == [True, True, True, False]
    clock.close()


def test_no_rate_is_no_limit() -> None:
    clock = Clock()
    budget = Budget(None, 0)

    assert all(budget.spend(clock) for _ in range(1_000))
    clock.close()
