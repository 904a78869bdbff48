"""18-22: names that nobody may call, and arguments that fit no call."""

from typing import Any

import orjson
import pytest
from msgspec import Struct

from hub.protocol import calls
from rooms.feature import Command, Context, Feature, Outcome
from rooms.ids import Uuid
from tests.hub.engine.wire import Wire
from tests.hub.hostile.conftest import Target
from tests.people import fresh_id

RESERVED = (
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
)


@pytest.mark.parametrize("name", RESERVED)
async def test_reserved_names_are_unknown_events(target: Target, name: str) -> None:
    """18, 19: and the user stays connected, whom others still see."""
    async with await target.connected() as wire:
        wire.emit(name, {"REMOTE_ADDR": "6.6.6.6"}, {"token": "x"}, ack_id=7)

        assert (await wire.ack(7))["error"]["fields"][0]["code"] == "UNKNOWN_EVENT"
        assert len(target.running.node.sessions) == 1
        assert next(iter(target.running.node.sessions)).link.address == "127.0.0.1"


@pytest.mark.parametrize("name", ["no:such", "", "__proto__", "hello", "server:draining", "x" * 9])
async def test_an_unknown_event_with_an_ack_id_gets_its_ack(target: Target, name: str) -> None:
    """20: what only servers say is unknown, too."""
    async with await target.connected() as wire:
        wire.emit(name, {}, ack_id=1)

        error = (await wire.ack(1))["error"]
        assert (error["code"], error["status"]) == ("VALIDATION_ERROR", 400)
        assert error["fields"][0]["code"] == "UNKNOWN_EVENT"


BAD_ARGUMENTS: tuple[tuple[list[Any], str, str], ...] = (
    ([1], "payload", "NOT_AN_OBJECT"),
    (["text"], "payload", "NOT_AN_OBJECT"),
    ([[]], "payload", "NOT_AN_OBJECT"),
    ([None], "payload", "NOT_AN_OBJECT"),
    ([{}, {}], "payload", "TOO_MANY_ARGUMENTS"),
)


async def test_every_call_refuses_arguments_that_are_no_object(target: Target) -> None:
    """21."""
    names = [entry.name for entry in calls()]
    assert len(names) > 50
    number = 0
    _, token = await target.someone()
    for args, field, code in BAD_ARGUMENTS:
        for first in range(0, len(names), 40):
            async with await target.connected(token) as wire:
                for name in names[first : first + 40]:
                    number += 1
                    wire.emit(name, *args, ack_id=number)
                    error = (await wire.ack(number))["error"]
                    if error["code"] != "RATE_LIMITED":
                        found = error["fields"][0]
                        assert (found["field"], found["code"]) == (field, code), name


WRONG_TYPES: tuple[dict[str, Any], ...] = (
    {"room_id": 1},
    {"room_id": {"a": []}},
    {"room_id": None, "stream": ["room"], "content": {}, "op_id": 5, "client_id": False},
    {"room_id": "x" * 60_000},
    {"room_id": fresh_id(), "stream": "*", "op_id": "", "t0": "now", "token": []},
)


async def test_every_call_answers_wrong_types_with_the_field(target: Target) -> None:
    """21: exactly one ack each, never an internal error, never a broken connection."""
    names = [entry.name for entry in calls()]
    _, token = await target.someone()
    number = 0
    for payload in WRONG_TYPES:
        for first in range(0, len(names), 40):
            async with await target.connected(token) as wire:
                for name in names[first : first + 40]:
                    number += 1
                    wire.emit(name, payload, ack_id=number)
                    answer = await _ack_of(wire, number)
                    if not answer["ok"]:
                        assert answer["error"]["code"] != "INTERNAL", (name, answer)


async def _ack_of(wire: Wire, number: int) -> Any:
    """The ack of one call; events that it brings about are passed over."""
    while True:
        message = await wire.message()
        if isinstance(message, str) and message.startswith("43"):
            assert message.startswith(f"43{number}["), message
            return orjson.loads(message[message.index("[") :])[0]


class Break(Struct, frozen=True, kw_only=True):
    """A command whose rule has a bug."""

    room_id: Uuid
    op_id: Uuid


def break_down(_state: Any, _command: Break, _context: Context) -> Outcome:
    raise RuntimeError("the secret of this test")


BROKEN = Feature(
    name="broken",
    state=Break,
    commands={"broken:run": Command(Break, break_down)},
    events={},
)


@pytest.fixture
def features(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    return (*features, BROKEN)


async def test_a_rule_with_a_bug_is_an_internal_error_with_an_id(
    target: Target, expected_errors: list[str]
) -> None:
    """22: no stack, no message of the exception; the connection stays."""
    expected_errors += ["dispatch.failed", "commit.command_failed", "commit.rule_failed"]
    async with await target.connected() as wire:
        wire.emit("room:create", {"name": "Kitchen"}, ack_id=1)
        room_id = (await _ack_of(wire, 1))["data"]["id"]

        wire.emit("broken:run", {"room_id": room_id, "op_id": fresh_id()}, ack_id=2)

        error = (await _ack_of(wire, 2))["error"]
        assert (error["code"], error["status"]) == ("INTERNAL", 500)
        assert len(error["request_id"]) == 36
        assert "secret" not in str(error)
        await wire.still_there()
