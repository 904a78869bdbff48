"""A node with every limit on, a client of raw bytes, and a look at the log afterwards."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import Struct

from rooms.feature import Actor
from tests.hub.engine.wire import Wire, open_wire
from tests.nodes import OpenNode, People, RunningNode


class Target(Struct, frozen=True):
    """A node under attack and who attacks it."""

    running: RunningNode
    people: People

    @property
    def port(self) -> int:
        return urlsplit(self.running.url).port or 0

    async def someone(self, name: str = "mallory") -> tuple[Actor, str]:
        """An account and its token."""
        return await self.people.sign_in(name)

    async def connected(self, token: str | None = None) -> Wire:
        """A raw socket that has been let in, `hello` read."""
        if token is None:
            _, token = await self.someone()
        wire = await open_wire(self.port)
        await say_hello(wire, token)
        return wire


async def say_hello(wire: Wire, token: str) -> dict[str, Any]:
    """Sends CONNECT with the token; returns `hello`."""
    await wire.connect(f'{{"token":"{token}"}}')
    name, hello = await wire.event()
    assert name == "hello"
    found: dict[str, Any] = hello
    return found


@pytest.fixture
async def target(open_one: OpenNode, people: People) -> Target:
    return Target(await open_one(limits=True), people)


@pytest.fixture
def expected_errors() -> list[str]:
    """Names of error records that a test brings about on purpose."""
    return []


@pytest.fixture(autouse=True)
def nothing_unexpected(
    caplog: pytest.LogCaptureFixture, expected_errors: list[str]
) -> Iterator[None]:
    """No input may end in a traceback or an error record (P16)."""
    yield
    bad = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [r.getMessage() for r in bad if r.getMessage() not in expected_errors] == []
