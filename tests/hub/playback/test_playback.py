"""Listening together over real sockets: the queue, the shared timeline, the end of a track."""

import time
import uuid
from typing import Any

from hub.fanout.announcements import Announcements
from storage.backends import Pool
from tests.client import connected
from tests.hub.together import op, party
from tests.nodes import OpenNode, People
from tests.people import new_track


async def test_two_people_edit_one_queue_and_hear_one_timeline(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(3)]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        added = await bob.ok(
            "item:add",
            {"room_id": room_id, "op_id": op(), "track_ids": tracks, "place": "last"},
        )
        items = added["items"]
        assert [item["title"] for item in items] == ["Song 0", "Song 1", "Song 2"]
        await ada.ok(
            "item:move",
            {
                "room_id": room_id,
                "op_id": op(),
                "item_id": items[2]["id"],
                "before_id": items[0]["id"],
            },
        )
        queue = await bob.ok("queue:get", {"room_id": room_id})
        assert [i["title"] for i in queue["items"]] == ["Song 2", "Song 0", "Song 1"]

        refused = await bob.error("playback:play", {"room_id": room_id, "op_id": op()})
        assert refused["code"] == "NOT_HOST"
        before_ms = time.time_ns() // 1_000_000
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        heard = [
            await c.wait_for("playback:changed", lambda p: p["data"]["status"] == "playing")
            for c in (ada, bob)
        ]
        assert heard[0] == heard[1]
        data = heard[0]["data"]
        assert data["effective_at_ms"] >= before_ms + 900
        assert data["item_id"] == items[2]["id"]

        report: dict[str, Any] = {
            "room_id": room_id,
            "item_id": data["item_id"],
            "position_ms": data["position_ms"],
            "at_ms": data["effective_at_ms"],
            "buffered_ms": 20_000,
            "rung": "high",
        }
        answer = await bob.ok("playback:report", report)
        assert answer["action"] == "none"


async def test_the_end_of_a_track_advances_the_queue_without_anybody(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    short = await new_track(pool, ada_user, "Short", 1_200)
    long = await new_track(pool, ada_user, "Long", 60_000)
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stream = {"stream": f"room:{room['id']}"}
        await ada.ok("item:add", {"room_id": room["id"], "op_id": op(), "track_ids": [short, long]})
        await ada.ok("playback:play", {"room_id": room["id"], "op_id": op()})
        known = await ada.ok("stream:subscribe", stream)
    async with connected(node.url, token) as watcher:
        since = {"epoch": known["epoch"], "seq": known["seq"]}
        while True:
            page = await watcher.ok("stream:subscribe", stream | {"since": since})
            names = [event["event"] for event in page["events"]]
            if "queue:advanced" in names:
                advanced = page["events"][names.index("queue:advanced")]
                break
            await watcher.wait_for("queue:advanced")
            await watcher.ok("stream:unsubscribe", stream)
    assert advanced["data"]["reason"] == "ended"
    assert advanced["by"]["user_id"] is None


async def test_listeners_hear_how_close_everybody_is(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    track = await new_track(pool, ada_user, "Song")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
        playing = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        start_ms = playing["effective_at_ms"]

        async def report() -> Any:
            now_ms = time.time_ns() / 1e6
            return await bob.ok(
                "playback:report",
                {
                    "room_id": room_id,
                    "item_id": playing["item_id"],
                    "position_ms": max(0.0, now_ms - start_ms + 40),
                    "at_ms": now_ms,
                    "buffered_ms": 1000,
                    "rtt_ms": 3.5,
                },
            )

        while (answer := await report())["drift_ms"] is None:
            pass
        assert 20 < answer["drift_ms"] < 60
        assert answer["action"] == "rate"
        stats = await ada.wait_for("sync:stats", lambda p: len(p["data"]["members"]) == 1)
        assert stats["data"]["members"][0]["user_id"] == bob_user.user_id

        # Who hides is not among the listeners, either.
        await bob.ok("presence:update", {"invisible": True})
        await report()
        await ada.wait_for("sync:stats", lambda p: p["data"]["members"] == [])
        assert (await report())["drift_ms"] is not None
        told = [p["data"]["members"] for p in ada.payloads("sync:stats")]
        assert told[-1] == []


async def test_the_host_hands_the_room_over(open_one: OpenNode, people: People, pool: Pool) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    track = await new_track(pool, ada_user, "Song")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        stranger = {"room_id": room_id, "op_id": op(), "user_id": str(uuid.uuid4())}
        assert (await ada.error("host:transfer", stranger))["code"] == "NOT_FOUND"
        heir = {"room_id": room_id, "op_id": op(), "user_id": bob_user.user_id}
        await ada.ok("host:transfer", heir)
        changed = await bob.wait_for("host:changed", lambda p: p["data"]["reason"] == "transfer")
        assert (changed["data"]["from"], changed["data"]["to"]) == (
            ada_user.user_id,
            bob_user.user_id,
        )
        await bob.ok("playback:pause", {"room_id": room_id, "op_id": op()})
        refused = await ada.error("playback:play", {"room_id": room_id, "op_id": op()})
        assert refused["code"] == "NOT_HOST"


async def test_a_deleted_track_leaves_the_queues_that_wait_for_it(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(2)]
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        add = {"room_id": room["id"], "op_id": op(), "track_ids": tracks}
        await ada.ok("item:add", add)
        announcements = Announcements(pool, node.node.committer)
        for _ in range(2):
            await announcements.withdraw(tracks[0])
        queue = await ada.ok("queue:get", {"room_id": room["id"]})
        assert [item["title"] for item in queue["items"]] == ["Song 1"]


async def test_a_newcomer_is_told_who_drives_before_anybody_has_played(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        stream = {"stream": f"room:{room_id}"}
        first = await bob.ok("stream:subscribe", stream)
        assert first["snapshot"]["playback"]["host_id"] == ada_user.user_id
        # As the protocol's table has it, without an op_id.
        given = await ada.ok("host:transfer", {"room_id": room_id, "user_id": bob_user.user_id})
        assert given["host_id"] == bob_user.user_id
        taken = await ada.ok("host:claim", {"room_id": room_id})
        assert taken["host_id"] == ada_user.user_id
        again = await bob.ok("stream:subscribe", stream)
        assert again["snapshot"]["playback"]["host_id"] == ada_user.user_id


async def test_a_room_keeps_the_rules_that_nobody_changed(
    open_one: OpenNode, people: People
) -> None:
    one = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(one.url, token) as ada:
        made = await ada.ok(
            "room:create", {"name": "Kitchen", "policy": {"controls": {"queue_add": "dj"}}}
        )
        update = {"room_id": made["id"], "policy": {"wait": "all"}}
        changed = await ada.ok("room:update", update)
        assert changed["policy"] == {**made["policy"], "wait": "all"}
        assert changed["policy"]["controls"]["queue_add"] == "dj"
        refused = await ada.error("room:update", {**update, "policy": {"wait_deadline_ms": 10**9}})
        assert refused["code"] == "VALIDATION_ERROR"
        assert refused["fields"][0]["field"] == "policy.wait_deadline_ms"
