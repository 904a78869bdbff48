"""Broadcasts and stream keys over REST."""

from typing import Any

import pytest

from storage.live.live import StreamKeys

STREAMS = "/live/streams"


@pytest.fixture
async def ada(door: Any) -> Any:
    return await door.newcomer()


async def test_a_stream_gets_a_room_of_its_own_and_is_listed(door: Any, ada: Any) -> None:
    made = await ada("POST", STREAMS, {"title": "Friday night", "description": "Vinyl only"})
    assert made.status == 201, made.body
    stream = made.data
    assert stream["status"] == "scheduled"
    assert stream["whip_url"] == f"/whip/{stream['id']}"
    assert "stream_key" not in stream
    listed = await door.stranger("GET", STREAMS)
    assert [each["id"] for each in listed.data] == [stream["id"]]
    assert listed.body["meta"] == {
        "page": 1,
        "per_page": 20,
        "total": 1,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
        "filters_applied": {},
    }
    assert (await door.stranger("GET", f"{STREAMS}/{stream['id']}")).data == stream
    assert [each["id"] for each in (await ada("GET", f"{STREAMS}/me")).data] == [stream["id"]]


@pytest.mark.parametrize("title", ["👨\u200d👩\u200d👧 sing", "\U000ace32"])
async def test_a_title_may_be_of_any_letters(ada: Any, title: str) -> None:
    assert (await ada("POST", STREAMS, {"title": title})).data["title"] == title


async def test_only_its_owner_changes_a_stream(door: Any, ada: Any) -> None:
    stream = (await ada("POST", STREAMS, {"title": "Friday night"})).data
    changed = await ada("PUT", f"{STREAMS}/{stream['id']}", {"title": "Saturday night"})
    assert changed.data["title"] == "Saturday night"
    eve = await door.newcomer()
    assert (await eve("PUT", f"{STREAMS}/{stream['id']}", {"title": "Mine"})).status == 403
    assert (await door.stranger("PUT", f"{STREAMS}/{stream['id']}", {"title": "x"})).status == 401


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": "x" * 201}, {"title": "x", "stream_key": "mine"}]
)
async def test_a_wrong_stream_is_refused(ada: Any, body: dict[str, Any]) -> None:
    answer = await ada("POST", STREAMS, body)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")


async def test_a_stream_that_is_not_there(door: Any, ada: Any) -> None:
    missing = "0198c6f2-0000-7000-8000-000000000001"
    for name in (missing, "nonsense"):
        assert (await door.stranger("GET", f"{STREAMS}/{name}")).code == "STREAM_NOT_FOUND"
    answer = await ada("POST", STREAMS, {"title": "x", "room_id": missing})
    assert answer.status == 404


async def test_a_key_is_shown_once(door: Any, ada: Any) -> None:
    assert (await ada("GET", f"{STREAMS}/me/key")).status == 404
    made = (await ada("POST", f"{STREAMS}/me/key/regenerate")).data
    shown = (await ada("GET", f"{STREAMS}/me/key")).data
    assert shown["prefix"] == made["prefix"] == made["key"][:12]
    assert shown["key"] is None
    assert shown["rtmp_url"] == made["rtmp_url"] == door.api.rtmp_url
    keys = StreamKeys(door.pool)
    assert await keys.owner(made["key"]) == ada.user["id"]
    again = (await ada("POST", f"{STREAMS}/me/key/regenerate")).data
    assert again["key"] != made["key"]
    assert await keys.owner(made["key"]) == ada.user["id"], "a broadcast goes on for its hour"
    assert (await door.stranger("GET", f"{STREAMS}/me/key")).status == 401
