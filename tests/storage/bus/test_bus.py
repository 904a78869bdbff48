"""The bus on one real Redis: what is said is heard, and a gap is always told of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from storage import embedded
from storage.bus import Bus, Durable, Ephemeral, Hint, open_bus
from storage.bus.line import MAX_UNANSWERED_BYTES
from storage.commit import StreamEvents
from storage.log import LogEvent
from storage.redis import parse_target
from tests.eventually import eventually
from tests.faults.servers import KillableServer

COMMIT = StreamEvents("room:1", "epoch", [LogEvent(1, "message:created", b"{}")])


class Listener:
    """A bus with what it has heard."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self.repairs = 0
        self.fails_at: int | None = None
        self.bus: Bus

    def hear(self, hint: Hint) -> None:
        self.heard.append(hint)
        if len(self.heard) == self.fails_at:
            raise RuntimeError("a broken hearer")

    def repair(self) -> None:
        self.repairs += 1


OpenBus = Callable[[], AbstractAsyncContextManager[Listener]]


class OneRedis(KillableServer):
    """A server of this test alone."""

    def __init__(self, folder: Path) -> None:
        port = embedded.free_port()
        self.url = embedded.redis_url(port, "secret")
        self.wrong_url = embedded.redis_url(port, "wrong")
        super().__init__(
            embedded.redis_launch(folder / "redis", port, "secret", folder / "log"),
            lambda: embedded.redis_answers(self.url),
        )


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OneRedis]:
    server = OneRedis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def client(redis: OneRedis) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis.url) as client:
        yield client


@pytest.fixture
def open_listener(redis: OneRedis) -> OpenBus:
    @asynccontextmanager
    async def open_listener() -> AsyncIterator[Listener]:
        listener = Listener()
        async with open_bus(parse_target(redis.url), listener.hear) as listener.bus:
            listener.bus.on_reconnected = listener.repair
            await eventually(lambda: listener.bus.connected)
            yield listener

    return open_listener


async def test_the_others_hear_what_one_says_in_order(open_listener: OpenBus) -> None:
    async with open_listener() as one, open_listener() as two:
        await two.bus.subscribe("room:1")
        await one.bus.subscribe("room:1")

        one.bus.publish_commit([COMMIT])
        one.bus.publish_nowait("room:1", "typing", {"on": True})
        one.bus.publish_nowait("room:2", "typing", {"on": True})
        await eventually(lambda: len(two.heard) == 2 and len(one.heard) == 2)

        said = [
            Durable("room:1", "epoch", COMMIT.events),
            Ephemeral("room:1", "typing", b'{"on":true}'),
        ]
        assert one.heard == two.heard == said


async def test_who_has_left_a_stream_hears_it_no_more(open_listener: OpenBus) -> None:
    async with open_listener() as one, open_listener() as two:
        await two.bus.subscribe("room:1")
        await two.bus.unsubscribe("room:1")
        await two.bus.subscribe("room:2")

        one.bus.publish_commit([COMMIT])
        one.bus.publish_nowait("room:2", "typing", None)
        await eventually(lambda: bool(two.heard))

        assert [hint.stream for hint in two.heard] == ["room:2"]


async def test_one_connection_publishes_and_hears(open_listener: OpenBus, client: Redis) -> None:
    async with open_listener() as one:
        await one.bus.subscribe("room:1")
        one.bus.publish_commit([COMMIT])
        await eventually(lambda: bool(one.heard))

        clients = await client.client_list()
        assert [each["name"] for each in clients if each["name"]] == ["veza-bus"]


async def test_a_cut_subscriber_is_repaired_and_hears_again(
    open_listener: OpenBus, client: Redis
) -> None:
    async with open_listener() as one, open_listener() as two:
        await two.bus.subscribe("room:1")
        before = two.repairs

        await client.client_kill_filter(_type="pubsub")
        await eventually(lambda: two.repairs >= before + 2 and two.bus.connected)
        await eventually(lambda: one.bus.connected)
        one.bus.publish_commit([COMMIT])

        await eventually(lambda: bool(two.heard))


async def test_without_redis_a_node_hears_itself(open_listener: OpenBus, redis: OneRedis) -> None:
    async with open_listener() as one:
        await one.bus.subscribe("room:1")
        redis.kill()
        await eventually(lambda: one.bus.state == "down")

        one.bus.publish_commit([COMMIT])
        await eventually(lambda: bool(one.heard))
        redis.start()
        await eventually(lambda: one.bus.connected)

        assert one.heard == [Durable("room:1", "epoch", COMMIT.events)]


async def test_what_a_frozen_redis_has_not_answered_is_bounded_and_heard_here(
    open_listener: OpenBus, redis: OneRedis
) -> None:
    async with open_listener() as one:
        await one.bus.subscribe("room:1")
        redis.pause()
        body = b'{"text":"' + b"x" * 100_000 + b'"}'
        count = MAX_UNANSWERED_BYTES // len(body) + 50
        for seq in range(count):
            one.bus.publish_commit([StreamEvents("room:1", "e", [LogEvent(seq, "m", body)])])
        await asyncio.sleep(0)
        here_at_once = len(one.heard)

        await eventually(lambda: one.bus.state == "down")
        await eventually(lambda: len(one.heard) == count)

        assert 0 < here_at_once <= 51
        redis.resume()
        await eventually(lambda: one.bus.connected)


async def test_a_hearer_that_fails_costs_one_hint(open_listener: OpenBus) -> None:
    async with open_listener() as one, open_listener() as two:
        await two.bus.subscribe("room:1")
        two.fails_at = 1

        one.bus.publish_commit([COMMIT])
        one.bus.publish_commit([COMMIT])

        await eventually(lambda: len(two.heard) == 2)
        assert two.bus.connected


async def test_what_is_no_hint_is_passed_over(open_listener: OpenBus, client: Redis) -> None:
    async with open_listener() as one:
        await one.bus.subscribe("room:1")
        await client.publish("veza:ch:room:1", b"\xff not msgpack")
        one.bus.publish_commit([COMMIT])

        await eventually(lambda: len(one.heard) == 1)
        assert one.bus.connected


async def test_a_wrong_password_keeps_the_bus_down(redis: OneRedis) -> None:
    listener = Listener()
    async with open_bus(parse_target(redis.wrong_url), listener.hear) as bus:
        await bus.subscribe("room:1")
        bus.publish_commit([COMMIT])
        await eventually(lambda: bool(listener.heard))

        assert bus.state == "down"
