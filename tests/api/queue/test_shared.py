"""Shared queues and co-listening sessions over REST."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import Door

SHARED = "/queue/session"
SESSIONS = "/co-listening/sessions"


async def test_whoever_has_the_link_looks_and_adds(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    made = await ada.post(SHARED, {"name": "Road trip"})
    assert made.status == 201
    token = made.data["share_token"]
    assert len(token) == 32
    assert (await door.stranger.get(f"{SHARED}/{token}")).data == made.data
    assert (await door.stranger.post(f"{SHARED}/{token}/items", {"track_id": track})).status == 401
    added = await bob.post(f"{SHARED}/{token}/items", {"track_id": track})
    assert added.status == 201
    assert [item["added_by"] for item in added.data["items"]] == [bob.user["id"]]
    assert added.data["version"] > made.data["version"]


async def test_of_two_who_change_one_version_the_second_is_told(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    numbers = await door.api.refs.numbers("track", [track])
    made = (await ada.post(SHARED)).data
    items = f"{SHARED}/{made['share_token']}/items"
    seen = {"track_id": numbers[track], "version": made["version"]}
    added = await bob.post(items, seen)
    assert (added.status, added.data["items"][0]["track_id"]) == (201, track)
    second = await ada.post(items, seen)
    assert (second.status, second.code) == (409, "REV_MISMATCH")
    item = f"{items}/{added.data['items'][0]['id']}"
    assert (await ada.delete(f"{item}?version={made['version']}")).code == "REV_MISMATCH"
    assert (await ada.delete(f"{item}?version={added.data['version']}")).status == 200


async def test_an_item_is_removed_by_who_added_it_or_the_creator(door: Door) -> None:
    ada, bob, eve = [await door.newcomer() for _ in range(3)]
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    token = (await ada.post(SHARED)).data["share_token"]
    items = f"{SHARED}/{token}/items"
    for caller in (bob, ada, eve):
        view = (await caller.post(items, {"track_id": track})).data
    of_bob, of_ada, of_eve = [item["id"] for item in view["items"]]
    assert (await eve.delete(f"{items}/{of_bob}")).status == 403
    assert (await bob.delete(f"{items}/{of_bob}")).status == 200
    assert (await ada.delete(f"{items}/{of_eve}")).status == 200
    assert (await bob.delete(f"{items}/{of_eve}")).status == 404
    left = (await ada.get(f"{SHARED}/{token}")).data["items"]
    assert [item["id"] for item in left] == [of_ada]


async def test_only_its_creator_ends_it_and_then_it_is_gone(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    token = (await ada.post(SHARED)).data["share_token"]
    assert (await bob.delete(f"{SHARED}/{token}")).status == 403
    assert (await ada.delete(f"{SHARED}/{token}")).status == 200
    assert (await bob.get(f"{SHARED}/{token}")).status == 410
    unknown = await bob.get(f"{SHARED}/{'0' * 32}")
    assert (unknown.status, unknown.code) == (404, "QUEUE_SESSION_NOT_FOUND")


async def test_a_co_listening_session_from_making_to_its_end(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    numbers = await door.api.refs.numbers("track", [track])
    made = await ada.post(SESSIONS, {"track_id": numbers[track]})
    assert made.status == 201
    session = made.data
    assert session["host_id"] == ada.user["id"]
    assert (session["track_id"], session["is_playing"], session["position"]) == (track, False, 0)
    seen = (await bob.get(f"{SESSIONS}/{session['id']}")).data
    assert seen | {"server_time_ms": 0} == session | {"server_time_ms": 0}
    refused = await bob.delete(f"{SESSIONS}/{session['id']}")
    assert (refused.status, refused.code) == (403, "NOT_HOST")
    assert (await ada.delete(f"{SESSIONS}/{session['id']}")).status == 200
    ended = await bob.get(f"{SESSIONS}/{session['id']}")
    assert (ended.status, ended.code) == (410, "SESSION_ENDED")


async def test_a_session_begins_and_ends_when_it_is_told(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    opening = datetime.now(UTC) + timedelta(hours=2)
    made = await ada.post(
        SESSIONS, {"track_id": track, "starts_at": opening.isoformat(), "duration_s": 3_600}
    )
    assert (made.status, made.data["stage"]) == (201, "scheduled")
    starts_at, expires_at = (
        datetime.fromisoformat(made.data[name]) for name in ("starts_at", "expires_at")
    )
    assert abs(starts_at - opening) < timedelta(milliseconds=1)
    assert expires_at - starts_at == timedelta(hours=1)
    path = f"{SESSIONS}/{made.data['id']}"
    assert (await bob.put(path, {"starts_at": None})).code == "NOT_HOST"
    changed = await ada.put(path, {"starts_at": None})
    assert (changed.data["stage"], changed.data["starts_at"]) == ("open", None)
    assert changed.data["expires_at"] == made.data["expires_at"]
    assert (await ada.put(path, {"expires_at": None})).data["expires_at"] is None


@pytest.mark.parametrize(
    ("times", "fields"),
    [
        ({"starts_at": "2020-01-01T00:00:00Z"}, {"starts_at": "IN_THE_PAST"}),
        ({"starts_at": "2999-01-01T00:00:00Z"}, {"starts_at": "TOO_FAR"}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at": "IN_THE_PAST"}),
        ({"starts_at": "2999-01-01T00:00:00"}, {"starts_at": "NO_OFFSET"}),
    ],
)
async def test_impossible_times_make_no_session(
    door: Door, times: dict[str, str], fields: dict[str, str]
) -> None:
    ada = await door.newcomer()
    track = await door.add_track(ada, duration_ms=60_000, stream_status="ready")
    refused = await ada.post(SESSIONS, {"track_id": track, **times})
    assert (refused.status, refused.fields) == (400, fields)


async def test_a_session_needs_a_track_that_its_maker_may_hear(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    secret = await door.add_track(ada, duration_ms=60_000, stream_status="ready", is_public=False)
    assert (await bob.post(SESSIONS, {"track_id": secret})).status == 403
    missing = await bob.post(SESSIONS, {"track_id": "0198c6f2-0000-7000-8000-000000000001"})
    assert (missing.status, missing.code) == (404, "TRACK_NOT_FOUND")
    assert (await bob.get(f"{SESSIONS}/nonsense")).status == 404
