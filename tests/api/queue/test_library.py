"""The library's play queue: the caller's own one, bare, with integer ids, and at the root, too."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.auth.principals import Authenticator, identify
from api.envelope import answer_errors
from api.routes import mount
from api.tokens import Tokens
from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.api.conftest import Caller, Door
from tests.api.queue.test_own import numbered

PLAYQUEUE = "/api/playqueue"


@pytest.fixture
async def ada(door: Door) -> Caller:
    return await door.newcomer()


def order(answer: Any) -> list[int]:
    assert answer.status == 200, answer.body
    return [item["track_id"] for item in answer.body["items"]]


async def test_it_is_the_same_queue_with_integers_and_nothing_around(
    door: Door, ada: Caller
) -> None:
    (a, b), (one, two) = await numbered(door, ada, 2)
    assert order(await ada("POST", PLAYQUEUE, {"track_id": one})) == [one]
    both = await ada("POST", PLAYQUEUE, {"track_id": b, "position": 0})
    assert order(both) == [two, one]
    assert [item["track_uuid"] for item in both.body["items"]] == [b, a]
    own = (await ada.get("/queue")).data
    assert [item["track_id"] for item in own["items"]] == [b, a]
    await ada.put("/queue", {"is_playing": True})
    now = (await ada("GET", PLAYQUEUE)).body
    assert (now["current_track_id"], now["current_track_uuid"], now["is_playing"]) == (two, b, True)


async def test_tracks_are_set_taken_out_and_cleared(door: Door, ada: Caller) -> None:
    _, (one, two, three) = await numbered(door, ada, 3)
    await ada("POST", PLAYQUEUE, {"track_id": one})
    assert order(await ada("POST", PLAYQUEUE, {"track_ids": [two, three, one]})) == [
        two,
        three,
        one,
    ]
    refused = await ada("POST", PLAYQUEUE, {"track_ids": [one, 10**9]})
    assert (refused.status, refused.body) == (404, {"detail": "Track not found"})
    left = await ada("DELETE", PLAYQUEUE, {"track_id": three})
    assert order(left) == [two, one]
    item_id = left.body["items"][0]["id"]
    assert order(await ada("DELETE", f"{PLAYQUEUE}?item_id={item_id}")) == [one]
    assert (await ada("DELETE", PLAYQUEUE, {"track_id": two})).status == 404
    assert order(await ada("POST", PLAYQUEUE, {"track_ids": []})) == []
    await ada("POST", PLAYQUEUE, {"track_id": one})
    assert order(await ada("DELETE", PLAYQUEUE)) == []


async def test_errors_are_in_the_librarys_form(door: Door, ada: Caller) -> None:
    bad = await ada("POST", PLAYQUEUE, {"track_id": "first"})
    assert (bad.status, bad.body["detail"][0]["loc"]) == (422, ["body", "track_id"])
    assert (await ada("POST", PLAYQUEUE, {})).status == 422
    stranger = await door.stranger("GET", PLAYQUEUE)
    assert (stranger.status, set(stranger.body)) == (401, {"detail"})


async def test_the_root_has_it_too_unless_a_page_is_wanted(
    door: Door, ada: Caller, pool: Pool, tokens: Tokens
) -> None:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<p>page</p>", content_type="text/html")

    authenticator = Authenticator(tokens, Sessions(pool))
    app = web.Application(middlewares=[answer_errors, identify(authenticator)])
    mount(app, door.api, page=page)
    (a,), (one,) = await numbered(door, ada, 1)
    headers = {"Authorization": f"Bearer {ada.token}"}
    async with TestClient(TestServer(app)) as client:
        async with client.post("/playqueue", json={"track_id": a}, headers=headers) as added:
            assert (added.status, (await added.json())["items"][0]["track_id"]) == (200, one)
        async with client.get(f"/tracks/{one}", headers=headers) as track:
            assert (await track.json())["uuid"] == a
        async with client.get("/playqueue") as stranger:
            assert (stranger.status, set(await stranger.json())) == (401, {"detail"})
        wanted = {**headers, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        async with client.get("/playqueue", headers=wanted) as shown:
            assert await shown.text() == "<p>page</p>"
        async with client.delete("/playqueue", headers=wanted) as emptied:
            assert (await emptied.json())["items"] == []
