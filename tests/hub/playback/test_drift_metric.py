"""The drift of every listener, as Prometheus is told."""

import time
import uuid

from prometheus_client import REGISTRY

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People
from tests.people import new_track

NAME = "veza_hub_sync_drift_seconds"


def observed(at_most_s: str | None = None) -> float:
    """How many reports so far, or how many of no more than this."""
    suffix, labels = ("_count", {}) if at_most_s is None else ("_bucket", {"le": at_most_s})
    value = REGISTRY.get_sample_value(NAME + suffix, labels)
    assert value is not None
    return value


async def test_each_report_of_each_listener_is_observed(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, ada_token = await people.sign_in("ada")
    _, bob_token = await people.sign_in("bob")
    track = await new_track(pool, ada_user, "Song")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen", "type": "public"})
        await bob.ok("room:join", {"room_id": room["id"]})
        call = {"room_id": room["id"], "op_id": str(uuid.uuid4())}
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await ada.ok("item:add", {**call, "track_ids": [track]})
        await ada.ok("playback:play", {**call, "op_id": str(uuid.uuid4())})
        changed = await ada.wait_for("playback:changed", lambda p: p["data"]["status"] == "playing")
        playing = changed["data"]

        async def report(listener: HubClient, off_ms: float) -> float | None:
            """Tells where he is, that far from the beat; the drift he is answered."""
            now_ms = time.time_ns() / 1e6
            position_ms = now_ms - playing["effective_at_ms"] + off_ms
            told = {
                "room_id": room["id"],
                "item_id": playing["item_id"],
                "position_ms": max(0.0, position_ms),
                "at_ms": now_ms,
            }
            answer = await listener.ok("playback:report", told)
            drift_ms: float | None = answer["drift_ms"]
            return drift_ms

        while await report(ada, 100) is None:
            pass
        all_before, near_before = observed(), observed("0.012")
        assert await report(ada, 3) is not None
        assert await report(bob, -9) is not None
        assert await report(bob, 60) is not None

    assert observed() - all_before == 3
    assert observed("0.012") - near_before == 2
