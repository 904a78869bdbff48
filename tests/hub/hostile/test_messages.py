"""41-50: what is hostile in a chat, over two real nodes."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.log import CATCH_UP_LIMIT
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People
from tests.people import fresh_id

Two = tuple[HubClient, HubClient, str]


@pytest.fixture
async def two(open_one: OpenNode, people: People) -> AsyncIterator[Two]:
    """Ada and Bob in one room, each on a node."""
    one, other = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(other.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        yield ada, bob, room["id"]


async def refused(client: HubClient, room_id: str, **fields: Any) -> dict[str, Any]:
    """Why a message was not taken."""
    message = {"room_id": room_id, "client_id": str(uuid.uuid4()), "content": "x"} | fields
    return await client.error("message:create", message)


async def test_one_id_on_two_nodes_at_once_is_one_message(
    open_one: OpenNode, people: People, two: Two
) -> None:
    """41."""
    _, bob, room_id = two
    (_, token), third = await people.sign_in("eve"), await open_one()
    async with connected(third.url, token) as here, connected((await open_one()).url, token) as too:
        await here.ok("room:join", {"room_id": room_id})
        followed = await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        for _ in range(10):
            client_id = str(uuid.uuid4())
            acks = await asyncio.gather(
                *(client.say(room_id, "once", client_id) for client in (here, too) * 3)
            )
            assert len({ack["seq"] for ack in acks}) == 1, acks
        await bob.wait_for_seq(followed["seq"] + 10)
        assert len(bob.payloads("message:created")) == 10


async def test_one_id_for_two_messages_is_a_conflict(two: Two) -> None:
    """42."""
    ada, _, room_id = two
    client_id = str(uuid.uuid4())
    assert (await ada.say(room_id, "first", client_id))["ok"]
    error = (await ada.say(room_id, "second", client_id))["error"]
    assert (error["code"], error["status"]) == ("IDEMPOTENCY_CONFLICT", 409)


@pytest.mark.parametrize("client_id", [None, "", "x" * 10_000, 5, "not-a-uuid", {}])
async def test_a_message_needs_an_id_of_its_own(two: Two, client_id: Any) -> None:
    """43."""
    ada, _, room_id = two
    error = await refused(ada, room_id, client_id=client_id)
    assert (error["code"], error["fields"][0]["field"]) == ("VALIDATION_ERROR", "client_id")


async def test_a_past_that_never_was_is_answered_with_the_present(two: Two) -> None:
    """44: and a negative one with its field."""
    ada, _, room_id = two
    stream = f"room:{room_id}"
    known = await ada.ok("stream:subscribe", {"stream": stream})
    for since in (
        {"epoch": known["epoch"], "seq": known["seq"] + 1_000},
        {"epoch": "another", "seq": 1},
        {"epoch": "", "seq": 0},
        {"epoch": "x" * 10_000, "seq": 2**52},
    ):
        found = await ada.ok("stream:subscribe", {"stream": stream, "since": since})
        assert found["recovered"] is False, since
        assert found["snapshot"]["room"]["id"] == room_id
    error = await ada.error(
        "stream:subscribe", {"stream": stream, "since": {"epoch": known["epoch"], "seq": -1}}
    )
    assert error["fields"][0]["field"] == "since.seq"


async def test_everything_since_the_beginning_comes_in_pages(two: Two) -> None:
    """45."""
    ada, _, room_id = two
    stream = f"room:{room_id}"
    known = await ada.ok("stream:subscribe", {"stream": stream})
    count = 2 * CATCH_UP_LIMIT + 20
    await asyncio.gather(*(ada.say(room_id, f"m{n}") for n in range(200)))
    await asyncio.gather(*(ada.say(room_id, f"m{n}") for n in range(count - 200)))
    since = {"epoch": known["epoch"], "seq": 0}
    pages: list[list[int]] = []
    while True:
        found = await ada.ok("stream:subscribe", {"stream": stream, "since": since})
        pages.append([event["seq"] for event in found["events"]])
        since = {"epoch": found["epoch"], "seq": found["seq"]}
        if not found["more"]:
            break
    assert max(map(len, pages)) <= CATCH_UP_LIMIT
    assert [seq for page in pages for seq in page] == list(range(1, known["seq"] + count + 1))


async def test_who_is_out_says_nothing(two: Two) -> None:
    """46: left a moment ago on another node, or banned."""
    ada, bob, room_id = two
    followed = await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
    await bob.ok("room:leave", {"room_id": room_id})
    assert (await refused(bob, room_id))["status"] in (403, 404)
    await bob.ok("room:join", {"room_id": room_id})
    ban = {"room_id": room_id, "user_id": bob.payloads("hello")[0]["user"]["id"]}
    await ada.ok("member:ban", ban)
    assert (await refused(bob, room_id))["status"] == 403
    assert (await bob.error("room:join", {"room_id": room_id}))["status"] == 403
    assert (await refused(bob, fresh_id()))["status"] == 404
    last = (await ada.say(room_id, "still here"))["seq"]
    await ada.wait_for_seq(last)
    assert len(ada.payloads("message:created")) == 1
    assert followed["seq"] < last


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "EMPTY"),
        (" \t\n ", "EMPTY"),
        ("\u200b\u200b\u2060", "EMPTY"),
        ("x" * 4_001, "TOO_LONG"),
        ("a" + "\u0301" * 10_000, "TOO_LONG"),
        ("語" * 4_000 + "x", "TOO_LONG"),
        ("\U0001f600" * 4_097, "TOO_LONG"),
        ("bell\a", "BAD_TEXT"),
        ("escape\x1b[2J", "BAD_TEXT"),
    ],
)
async def test_what_is_no_message(two: Two, content: str, code: str) -> None:
    """47."""
    ada, _, room_id = two
    error = await refused(ada, room_id, content=content)
    assert (error["fields"][0]["field"], error["fields"][0]["code"]) == ("content", code)


@pytest.mark.parametrize(
    "content",
    [
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "\u202egnp.exe",
        "*" * 3_999 + "x",
        "'; DROP TABLE messages; --",
        "{{7*7}}${7*7}%s%n",
    ],
)
async def test_text_stays_text(two: Two, content: str) -> None:
    """47, 48: stored and sent as it came; whoever shows it escapes it."""
    ada, bob, room_id = two
    await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
    ack = await ada.say(room_id, content)
    assert ack["data"]["content"] == content
    heard = await bob.wait_for("message:created")
    assert heard["data"]["content"] == content


async def test_nobody_calls_ten_thousand(two: Two) -> None:
    """49."""
    ada, _, room_id = two
    error = await refused(ada, room_id, mentions=[fresh_id() for _ in range(51)])
    assert (error["fields"][0]["field"], error["fields"][0]["code"]) == ("mentions", "TOO_LONG")


async def test_what_another_said_is_his(two: Two) -> None:
    """50: and a message takes 20 kinds of reactions."""
    ada, bob, room_id = two
    message_id = (await ada.say(room_id, "mine"))["data"]["id"]
    for event, fields in (("message:update", {"content": "yours"}), ("message:delete", {})):
        call = {"message_id": message_id, "op_id": fresh_id(), **fields}
        assert (await bob.error(event, call))["code"] == "FORBIDDEN", event
    for number in range(20):
        emoji = chr(0x1F600 + number)
        react = {"message_id": message_id, "emoji": emoji, "op_id": fresh_id()}
        await bob.ok("reaction:add", react)
    more = {"message_id": message_id, "emoji": "\U0001f680", "op_id": fresh_id()}
    assert (await bob.error("reaction:add", more))["status"] == 409
    for emoji in ("", "x" * 51, "<b>", "word"):
        call = {"message_id": message_id, "emoji": emoji, "op_id": fresh_id()}
        assert (await bob.error("reaction:add", call))["code"] == "VALIDATION_ERROR", emoji
