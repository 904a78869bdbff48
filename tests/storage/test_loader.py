import asyncio
from collections.abc import Mapping, Sequence

import pytest

from storage.loader import Loader


class Source:
    """Counts what was asked for; can be held shut."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.called = asyncio.Event()
        self.error: Exception | None = None

    async def load(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(list(keys))
        self.called.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {key: key.upper() for key in keys if key != "nobody"}


async def test_ids_of_one_tick_are_one_query() -> None:
    source = Source()
    loader = Loader(source.load)

    answers = await asyncio.gather(*(loader.get(key) for key in ("a", "b", "a", "nobody")))

    assert answers == ["A", "B", "A", None]
    assert source.asked == [["a", "b", "nobody"]]


async def test_nothing_is_kept_between_ticks() -> None:
    source = Source()
    loader = Loader(source.load)

    await loader.get("a")
    await loader.get("a")

    assert source.asked == [["a"], ["a"]]


async def test_a_failure_reaches_every_caller() -> None:
    source = Source()
    source.error = LookupError("away")
    loader = Loader(source.load)

    answers = await asyncio.gather(loader.get("a"), loader.get("b"), return_exceptions=True)

    assert [type(answer) for answer in answers] == [LookupError, LookupError]


async def test_others_go_on_when_the_first_caller_is_cancelled() -> None:
    source = Source()
    source.gate.clear()
    loader = Loader(source.load)
    first = asyncio.create_task(loader.get("a"))
    second = asyncio.create_task(loader.get("b"))
    await source.called.wait()

    first.cancel()
    source.gate.set()

    assert await second == "B"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert source.asked == [["a", "b"], ["b"]]


async def test_a_cancelled_follower_does_not_disturb_the_first() -> None:
    source = Source()
    source.gate.clear()
    loader = Loader(source.load)
    first = asyncio.create_task(loader.get("a"))
    second = asyncio.create_task(loader.get("a"))
    await source.called.wait()

    second.cancel()
    source.gate.set()

    assert await first == "A"


async def test_cancelled_before_the_query_went_out() -> None:
    source = Source()
    loader = Loader(source.load)
    first = asyncio.create_task(loader.get("a"))
    second = asyncio.create_task(loader.get("b"))
    await asyncio.sleep(0)

    first.cancel()

    assert await second == "B"
    assert source.asked[-1] == ["b"]
