import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.feature import Limit
from storage.rate_limits import Buckets, EventLimiter, RequestLimiter
from storage.redis import open_client

FIVE_PER_MINUTE = Limit(5, 60)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_passes_and_the_next_is_told_when_to_come() -> None:
    clock = Clock()
    limiter = EventLimiter(clock=clock)

    answers = [limiter.hit("alice", "message:create", Limit(5, 5)) for _ in range(6)]

    assert answers == [None] * 5 + [1000]
    clock.now_s += 1
    assert limiter.hit("alice", "message:create", Limit(5, 5)) is None
    assert limiter.hit("alice", "message:create", Limit(5, 5)) == 1000


def test_users_and_events_have_their_own_buckets() -> None:
    limiter = EventLimiter(clock=Clock())
    once = Limit(1, 10)

    assert limiter.hit("alice", "typing:start", once) is None
    assert limiter.hit("bob", "typing:start", once) is None
    assert limiter.hit("alice", "typing:stop", once) is None
    assert limiter.hit("alice", "typing:start", once) == 10_000


def test_a_refused_call_costs_nothing() -> None:
    clock = Clock()
    limiter = EventLimiter(clock=clock)
    for _ in range(100):
        limiter.hit("alice", "vote", Limit(2, 10))

    clock.now_s += 5

    assert limiter.hit("alice", "vote", Limit(2, 10)) is None


def test_switched_off_it_never_refuses() -> None:
    limiter = EventLimiter(enabled=False)

    assert {limiter.hit("alice", "vote", Limit(1, 3600)) for _ in range(100)} == {None}


def test_memory_is_bounded_and_the_busiest_are_remembered() -> None:
    clock = Clock()
    buckets = Buckets(clock, most=100)
    slow = Limit(1, 3600)
    for number in range(10_000):
        buckets.take(f"key {number}", slow)
        assert buckets.take("busy", slow) is not None or number == 0

    assert len(buckets) <= 100


def test_full_buckets_are_dropped_before_others() -> None:
    clock = Clock()
    buckets = Buckets(clock, most=100)
    buckets.take("patient", Limit(1, 3600))
    for number in range(99):
        buckets.take(f"quick {number}", Limit(1, 1))
    clock.now_s += 2

    buckets.take("one more", Limit(1, 1))

    assert buckets.take("patient", Limit(1, 3600)) is not None
    assert len(buckets) == 2


def test_it_takes_microseconds() -> None:
    limiter = EventLimiter()
    started_s = time.perf_counter()
    for number in range(20_000):
        limiter.hit(f"user {number % 1000}", "message:create", Limit(5, 5))

    assert (time.perf_counter() - started_s) / 20_000 < 50e-6


@given(
    count=st.integers(1, 20),
    per_s=st.integers(1, 100),
    steps=st.lists(st.floats(0, 30, allow_nan=False), max_size=60),
)
def test_never_more_than_burst_plus_refill(count: int, per_s: int, steps: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(clock)
    started_s, taken = clock.now_s, 0
    for step in steps:
        clock.now_s += step
        if buckets.take("k", Limit(count, per_s)) is None:
            taken += 1
        refilled = (clock.now_s - started_s) * count / per_s
        assert taken <= count + refilled + 1e-6


async def test_requests_are_counted_across_nodes(redis_url: str) -> None:
    async with open_client(redis_url) as one, open_client(redis_url) as other:
        nodes = [RequestLimiter(one), RequestLimiter(other)]

        quotas = [
            await nodes[turn % 2].hit("login:127.0.0.1", FIVE_PER_MINUTE) for turn in range(6)
        ]

    allowed = [quota.retry_after_ms is None for quota in quotas if quota is not None]
    assert allowed == [True] * 5 + [False]
    assert [quota.remaining for quota in quotas if quota is not None] == [4, 3, 2, 1, 0, 0]
    last = quotas[-1]
    assert last is not None
    assert last.retry_after_ms is not None
    assert 0 < last.retry_after_ms <= 60_000
    assert last.reset_at_s >= int(time.time())


async def test_without_redis_a_node_allows_half() -> None:
    async with open_client("redis://127.0.0.1:1/0") as nowhere:
        limiter = RequestLimiter(nowhere)
        started_s = time.perf_counter()

        quotas = [await limiter.hit("login:127.0.0.1", Limit(6, 60)) for _ in range(4)]

    assert [quota is not None and quota.retry_after_ms is None for quota in quotas] == [
        True,
        True,
        True,
        False,
    ]
    assert time.perf_counter() - started_s < 1, "Redis is not asked again and again"


@pytest.mark.parametrize("redis", [None])
async def test_limits_can_be_off(redis: None) -> None:
    limiter = RequestLimiter(redis, enabled=False)

    assert [await limiter.hit("k", Limit(1, 3600)) for _ in range(3)] == [None, None, None]
