"""Whoever was away, for 1 event or 100,000, is told from there on, in order, by any node (P5)."""

from typing import Any

import pytest

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People

# As if as many had been said: the last event again and again, each at a place of its own.
_SAID = """
INSERT INTO stream_events (stream_id, seq, event, at, actor_id, device_id, op_id, data)
SELECT e.stream_id, e.seq + n, e.event, e.at, e.actor_id, e.device_id, uuidv7(), e.data
FROM stream_events e, generate_series(1, $2::bigint) AS n
WHERE e.stream_id = $1 AND e.seq = (SELECT max(seq) FROM stream_events WHERE stream_id = $1)
"""
_HEAD = "UPDATE streams SET head_seq = head_seq + $2, rev = rev + 1 WHERE id = $1"


async def missed_since(
    client: HubClient, room_id: str, epoch: str, seq: int, most: int = 10_000
) -> list[int]:
    """The seqs of what came after `seq`, page by page; about the first `most` of them."""
    found: list[int] = []
    more = True
    while more and len(found) < most:
        since = {"epoch": epoch, "seq": found[-1] if found else seq}
        call: dict[str, Any] = {"stream": f"room:{room_id}", "since": since}
        page = await client.ok("stream:subscribe", call)
        assert page["recovered"], "nothing is too long ago"
        found += [event["seq"] for event in page["events"]]
        more = page["more"]
    return found


@pytest.mark.timeout(120)
async def test_any_absence_is_made_up_for(open_one: OpenNode, people: People, pool: Pool) -> None:
    one, two = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    async with connected(one.url, token) as ada:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        known = await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        head = (await ada.say(room_id, "the first of many"))["seq"]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SAID, room_id, 100_000)
        await connection.execute(_HEAD, room_id, 100_000)
    head += 100_000
    async with connected(two.url, token) as ada:
        for gap in (1, 300, 301, 10_000):
            found = await missed_since(ada, room_id, known["epoch"], head - gap)
            assert found == list(range(head - gap + 1, head + 1)), gap
            await ada.ok("stream:unsubscribe", {"stream": f"room:{room_id}"})
        first = head - 100_000
        found = await missed_since(ada, room_id, known["epoch"], first, most=1_000)
        assert found == list(range(first + 1, first + 1_001)), "the longest begins as it should"
        live = await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        assert live["seq"] == head
        assert (await ada.say(room_id, "and on"))["seq"] == head + 1
        await ada.wait_for_seq(head + 1)
