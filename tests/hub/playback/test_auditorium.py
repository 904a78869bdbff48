"""An auditorium over real sockets: the beat for all, and no word of each."""

import time
from typing import Any

from hub.calls.drifts import MOST_SAMPLED, Drifts, summary
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.together import op
from tests.nodes import OpenNode, People
from tests.people import new_track


async def report(client: HubClient, room_id: str, item_id: str, started_ms: int) -> Any:
    at_ms = time.time_ns() / 1e6
    return await client.ok(
        "playback:report",
        {
            "room_id": room_id,
            "item_id": item_id,
            "position_ms": max(0.0, at_ms - started_ms) + 40,
            "at_ms": at_ms,
        },
    )


async def test_an_auditorium_is_told_numbers(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token), (_, eva_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "eva")
    ]
    track = await new_track(pool, ada_user, "Anthem")
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(two.url, eva_token) as eva,
    ):
        policy = {"wait": "all", "auditorium_from": 2}
        room = await ada.ok("room:create", {"name": "Hall", "policy": policy})
        room_id = str(room["id"])
        for client in (ada, bob, eva):
            await client.ok("room:join", {"room_id": room_id})
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})

        def users(client: HubClient) -> set[str]:
            seen: set[str] = set()
            for diff in client.payloads("presence:diff"):
                seen |= diff["data"]["upserts"].keys()
            return seen

        await ada.wait_until(lambda: len(users(ada)) == 3)
        await bob.wait_until(lambda: len(users(bob)) >= 2)
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
        begun = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        assert begun["status"] == "playing", "nobody is waited for"
        item_id, started_ms = begun["item_id"], begun["effective_at_ms"]
        while (answer := await report(bob, room_id, item_id, started_ms))["drift_ms"] is None:
            pass
        assert answer["report_in_ms"] == 10_000
        assert answer["action"] == "rate", "and he is told how to come closer all the same"
        told = await eva.wait_for("sync:stats", lambda p: p["data"]["sample"] is not None)
        assert told["data"]["members"] == []
        assert told["data"]["sample"]["reports"] >= 1
        assert 20 < told["data"]["sample"]["p50_ms"] < 60
        # What each has received or read is noted and not told; who types is his own matter.
        seq = (await ada.say(room_id, "welcome"))["seq"]
        await bob.wait_for_seq(seq)
        await bob.ok("stream:ack", {"stream": f"room:{room_id}", "seq": seq})
        await bob.ok("read:mark", {"room_id": room_id, "seq": seq})
        await bob.ok("typing:start", {"room_id": room_id})
        last = (await ada.say(room_id, "and now"))["seq"]
        await eva.wait_for_seq(last)
        for name in ("delivered:updated", "read:updated", "typing:updated"):
            assert eva.payloads(name) == []
        noted = await pool.fetchval(
            "SELECT max(delivered_seq) FROM room_members WHERE room_id = $1", room_id
        )
        assert noted == seq


def test_many_reports_are_kept_as_a_sample() -> None:
    told: list[bytes] = []
    drifts = Drifts(lambda _stream, _event, data: told.append(data))
    for n in range(5 * MOST_SAMPLED):
        drifts.sample("hall", float(n % 100), 10_000)
    drifts.sample("hall", None, 10_000)
    assert drifts.is_auditorium("hall")
    drifts.sweep()
    drifts.sweep()
    assert len(told) == 1, "one summary for many reports, and then a pause"
    kept = summary([float(n % 100) for n in range(MOST_SAMPLED)], 5 * MOST_SAMPLED)
    assert (kept.reports, kept.p50_ms, kept.p95_ms) == (5 * MOST_SAMPLED, 50.0, 95.0)
