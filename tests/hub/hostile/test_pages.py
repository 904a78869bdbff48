"""Pages of very long messages: each ends before it is more than may wait for a client (1 MiB)."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from storage.backends import Pool
from storage.messages.pages import PAGE_BYTES, PINS_BYTES
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People

LONG = "語" * 3_990
"""12 KB in UTF-8."""
COUNT = 100
"""1.2 MB, and no more than one page may have."""

Room = tuple[HubClient, str, list[int]]


@pytest.fixture
async def room(open_one: OpenNode, people: People) -> AsyncIterator[Room]:
    """A room full of long messages, and the seqs of them."""
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        made = await ada.ok("room:create", {"name": "Kitchen"})
        acks = []
        for first in range(0, COUNT, 25):
            some = range(first, first + 25)
            acks += await asyncio.gather(
                *(ada.say(made["id"], f"long {LONG}", str(uuid.uuid4())) for _ in some)
            )
        yield ada, made["id"], sorted(ack["seq"] for ack in acks)


def seqs(page: dict[str, Any]) -> list[int]:
    """The messages of a page, which is not too large."""
    assert len(orjson.dumps(page)) < 1_048_576
    return [message["seq"] for message in page["messages"]]


async def test_a_page_of_history_ends_by_its_bytes_and_says_so(room: Room) -> None:
    ada, room_id, said = room
    ask = {"room_id": room_id, "limit": 100}

    found: list[int] = []
    page = await ada.ok("message:history", ask)
    while True:
        page_seqs = [seq for seq in seqs(page) if seq in said]
        found = page_seqs + found
        if not page["has_more_before"]:
            break
        assert len(orjson.dumps(page)) > PAGE_BYTES - 20_000
        page = await ada.ok("message:history", ask | {"before": found[0]})
    assert found == said

    found = []
    while True:
        page = await ada.ok("message:history", ask | {"after": found[-1] if found else said[0] - 1})
        found += seqs(page)
        if not page["has_more_after"]:
            break
    assert found == said


async def test_a_page_around_a_message_has_it_and_both_sides(room: Room) -> None:
    ada, room_id, said = room
    middle = said[COUNT // 2]
    page = await ada.ok("message:history", {"room_id": room_id, "limit": 100, "around": middle})
    found = seqs(page)
    assert page["has_more_before"]
    assert page["has_more_after"]
    first = said.index(found[0])
    assert found == said[first : first + len(found)]
    assert found[0] < middle < found[-1]


async def test_pinned_messages_end_by_their_bytes_and_go_on(room: Room, pool: Pool) -> None:
    ada, room_id, said = room
    pin = "UPDATE messages SET is_pinned = true, pinned_at = now() WHERE room_id = $1"
    await pool.execute(pin, room_id)
    chat = (await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"}))["snapshot"]["chat"]
    assert chat["has_more_pinned"]
    assert PINS_BYTES - 20_000 < len(orjson.dumps(chat["pinned"])) < PINS_BYTES + 1_000
    assert len(orjson.dumps(chat)) < 1_048_576

    found = [message["seq"] for message in chat["pinned"]]
    more = True
    while more:
        page = await ada.ok("message:pinned_list", {"room_id": room_id, "skip": len(found)})
        assert len(orjson.dumps(page)) < PINS_BYTES + 1_000
        found += [message["seq"] for message in page["messages"]]
        more = page["has_more"]
    assert sorted(found) == said


async def test_who_comes_in_and_who_searches_get_such_pages_too(room: Room) -> None:
    ada, room_id, said = room
    snapshot = (await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"}))["snapshot"]
    assert snapshot["chat"]["has_more_before"]
    newest = seqs(snapshot["chat"])
    assert newest == said[-len(newest) :]

    found: list[int] = []
    cursor = None
    while True:
        ask = {"room_id": room_id, "q": "long", "limit": 50, "cursor": cursor}
        page = await ada.ok("message:search", ask)
        found += seqs(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == said[::-1]
