"""Questions that are answered together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from rooms.errors import HubError, NotFound, Unavailable
from storage.batched import GATHER_S, MAX_BATCH, MAX_WAITING, Batched


class Source:
    """Doubles numbers; refuses negative ones; can be held shut or fail."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.called = asyncio.Event()
        self.error: Exception | None = None

    async def answer(self, numbers: Sequence[int]) -> list[int | HubError]:
        self.asked.append(list(numbers))
        self.called.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [2 * n if n >= 0 else NotFound("There is no such number.") for n in numbers]


@asynccontextmanager
async def running(source: Source) -> AsyncIterator[Batched[int, int]]:
    batched: Batched[int, int] = Batched(source.answer)
    task = asyncio.create_task(batched.run())
    try:
        yield batched
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def asked(batched: Batched[int, int], number: int) -> int | HubError:
    answer: asyncio.Future[int | HubError] = asyncio.get_running_loop().create_future()
    batched.ask(number, answer.set_result)
    return await answer


async def test_questions_of_one_moment_are_one_batch() -> None:
    source = Source()
    async with running(source) as batched:
        answers = await asyncio.gather(*(asked(batched, n) for n in (1, -1, 2)))
    assert [answers[0], answers[2]] == [2, 4]
    assert isinstance(answers[1], NotFound)
    assert source.asked == [[1, -1, 2]]


async def test_who_asks_meanwhile_is_in_the_next_batch() -> None:
    source = Source()
    source.gate.clear()
    async with running(source) as batched:
        first = asyncio.create_task(asked(batched, 1))
        await source.called.wait()
        others = [asyncio.create_task(asked(batched, n)) for n in (2, 3)]
        await asyncio.sleep(0)
        source.gate.set()
        assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert source.asked == [[1], [2, 3]]


async def test_in_a_storm_a_batch_waits_a_moment_for_company() -> None:
    source = Source()
    source.gate.clear()
    loop = asyncio.get_running_loop()
    async with running(source) as batched:
        answers = [loop.create_future() for _ in range(4)]
        batched.ask(0, answers[0].set_result)
        await source.called.wait()
        for number in (1, 2):
            batched.ask(number, answers[number].set_result)
        source.gate.set()
        assert await answers[0] == 0
        batched.ask(3, answers[3].set_result)  # the answer to the first is there already
        assert await asyncio.gather(*answers) == [0, 2, 4, 6]
    assert source.asked == [[0], [1, 2, 3]]


async def test_one_who_asks_alone_waits_for_nobody() -> None:
    source = Source()
    loop = asyncio.get_running_loop()
    async with running(source) as batched:
        began_s = loop.time()
        for number in range(200):
            assert await asked(batched, number) == 2 * number
        assert loop.time() - began_s < 200 * GATHER_S
    assert source.asked == [[number] for number in range(200)]


async def test_a_failure_reaches_everybody_and_the_next_are_answered() -> None:
    source = Source()
    async with running(source) as batched:
        source.error = Unavailable("away")
        answers = await asyncio.gather(*(asked(batched, n) for n in (1, 2)))
        assert all(isinstance(answer, Unavailable) for answer in answers)
        source.error = LookupError("ours")
        failure = await asked(batched, 1)
        assert isinstance(failure, HubError)
        assert failure.code == "INTERNAL"
        source.error = None
        assert await asked(batched, 4) == 8


async def test_one_who_fails_to_take_his_answer_costs_the_others_nothing() -> None:
    source = Source()

    def fail(_answer: int | HubError) -> None:
        raise RuntimeError("gone")

    async with running(source) as batched:
        batched.ask(1, fail)
        assert await asked(batched, 2) == 4


async def test_batches_and_the_queue_are_bounded() -> None:
    source = Source()
    batched: Batched[int, int] = Batched(source.answer)
    answers: list[int | HubError] = []
    for number in range(MAX_WAITING):
        batched.ask(number, answers.append)
    with pytest.raises(Unavailable):
        batched.ask(0, answers.append)
    task = asyncio.create_task(batched.run())
    async with asyncio.timeout(10):
        while len(answers) < MAX_WAITING:
            await asyncio.sleep(0)
    task.cancel()
    assert answers == [2 * number for number in range(MAX_WAITING)]
    assert max(len(batch) for batch in source.asked) == MAX_BATCH
