import asyncio

import pytest

from media.hls.segment_cache import SegmentCache


class Store:
    """Counts how often each piece is read; a read waits while `gate` is closed."""

    def __init__(self) -> None:
        self.reads: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()

    async def read(self, key: str, size: int = 100) -> bytes:
        self.reads.append(key)
        self.waiting.set()
        await self.gate.wait()
        if key == "bad":
            raise LookupError(key)
        return key.encode().ljust(size, b".")


async def test_a_piece_is_read_once() -> None:
    store, cache = Store(), SegmentCache()
    pieces = [await cache.get("a", lambda: store.read("a")) for _ in range(3)]
    assert len(set(pieces)) == 1
    assert store.reads == ["a"]


async def test_a_hundred_who_ask_at_once_cost_one_read() -> None:
    store, cache = Store(), SegmentCache()
    store.gate.clear()
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(cache.get("a", lambda: store.read("a"))) for _ in range(100)]
        await store.waiting.wait()
        store.gate.set()
    assert {task.result() for task in asked} == {b"a".ljust(100, b".")}
    assert store.reads == ["a"]


async def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    store, cache = Store(), SegmentCache(max_bytes=300)
    for key in ("a", "b", "c", "a", "d", "a", "b"):
        await cache.get(key, lambda key=key: store.read(key))  # type: ignore[misc]  # a default binds it now
        assert cache.size_bytes <= 300
    assert store.reads == ["a", "b", "c", "d", "b"]


async def test_a_piece_too_large_is_handed_on_and_not_kept() -> None:
    store, cache = Store(), SegmentCache(max_bytes=300)
    for _ in range(2):
        assert len(await cache.get("big", lambda: store.read("big", 301))) == 301
    assert store.reads == ["big", "big"]
    assert cache.size_bytes == 0


async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    store, cache = Store(), SegmentCache()
    store.gate.clear()
    asked = [asyncio.create_task(cache.get("bad", lambda: store.read("bad"))) for _ in range(3)]
    await store.waiting.wait()
    store.gate.set()
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    with pytest.raises(LookupError):
        await cache.get("bad", lambda: store.read("bad"))
    assert store.reads == ["bad", "bad"]


async def test_a_listener_who_leaves_does_not_take_the_piece_from_the_others() -> None:
    store, cache = Store(), SegmentCache()
    store.gate.clear()
    first = asyncio.create_task(cache.get("a", lambda: store.read("a")))
    await store.waiting.wait()
    second = asyncio.create_task(cache.get("a", lambda: store.read("a")))
    third = asyncio.create_task(cache.get("a", lambda: store.read("a")))
    await asyncio.sleep(0)
    first.cancel()
    third.cancel()
    await asyncio.wait([first, third])
    store.gate.set()
    assert (await second).startswith(b"a")
    assert first.cancelled()
    assert third.cancelled()
