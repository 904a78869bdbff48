import uuid
from typing import Any

import pytest

from tests.api.conftest import Answer, Caller, Door


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice", display_name="Alice")


@pytest.fixture
async def bob(door: Door) -> Caller:
    return await door.newcomer(username="bob")


async def make(owner: Caller, name: str, **fields: Any) -> Any:
    answer = await owner.post("/artists", {"name": name} | fields)
    assert answer.status == 201, answer.body
    return answer.data


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_an_artist_is_made_read_changed_and_deleted(door: Door, alice: Caller) -> None:
    made = await make(alice, " The  Quiet ", avatar_url="https://x.example/a.png")
    assert (made["name"], made["user_id"]) == ("The Quiet", None)
    changed = (await alice.put(f"/artists/{made['id']}", {"name": "The Loud"})).data
    assert (changed["name"], changed["avatar_url"]) == ("The Loud", "https://x.example/a.png")
    assert (await door.stranger.get(f"/artists/{made['uuid']}")).data == changed
    gone = (await alice.delete(f"/artists/{made['uuid']}")).data
    assert gone == {"deleted_artist_id": made["id"], "deleted_artist_uuid": made["uuid"]}
    assert refused(await alice.get(f"/artists/{made['id']}")) == (404, "ARTIST_NOT_FOUND")
    assert await door.pool.fetchval("SELECT deleted_at IS NOT NULL FROM artists")


async def test_an_account_is_one_artist(alice: Caller) -> None:
    own = await make(alice, "Alice", is_me=True)
    assert own["user_id"] == alice.user["id"]
    again = await alice.post("/artists", {"name": "Alice 2", "is_me": True})
    assert refused(again) == (409, "ARTIST_EXISTS")
    await alice.delete(f"/artists/{own['id']}")
    await make(alice, "Alice", is_me=True)


async def test_an_artist_is_changed_by_who_keeps_it(door: Door, alice: Caller, bob: Caller) -> None:
    made = await make(alice, "Ann")
    attempts = [
        await bob.put(f"/artists/{made['id']}", {"name": "Bob"}),
        await bob.delete(f"/artists/{made['id']}"),
    ]
    assert {refused(each) for each in attempts} == {(403, "UNAUTHORIZED_ACCESS")}
    unknown = [f"/artists/{uuid.uuid4()}", "/artists/999", "/artists/x", "/artists/-1"]
    answers = [await alice.put(path, {"name": "x"}) for path in unknown]
    assert {refused(each) for each in answers} == {(404, "ARTIST_NOT_FOUND")}
    await door.pool.execute("UPDATE users SET role = 'admin' WHERE id = $1", bob.user["id"])
    assert (await bob.delete(f"/artists/{made['id']}")).status == 200


async def test_lists_page_filter_and_sort(door: Door, alice: Caller, bob: Caller) -> None:
    for name in ("Éva", "Dan", "anna"):
        await make(alice, name)
    await make(bob, "Bob", is_me=True)

    async def names(**query: Any) -> list[str]:
        return [a["name"] for a in (await door.stranger.get("/artists", params=query)).data]

    assert await names() == ["anna", "Bob", "Dan", "Éva"]
    assert await names(sort="created_at", order="desc") == ["Bob", "anna", "Dan", "Éva"]
    assert await names(q="EV") == ["Éva"]
    assert await names(user_id=bob.user["seq_id"]) == ["Bob"]
    assert await names(user_id="12345") == []
    page = await door.stranger.get("/artists", params={"page": 2, "limit": 3})
    assert [a["name"] for a in page.data] == ["Éva"]
    assert (page.body["meta"]["total"], page.body["meta"]["has_prev"]) == (4, True)
    bad = await door.stranger.get("/artists", params={"sort": "id; DROP TABLE", "user_id": "x"})
    assert bad.fields == {"sort": "INVALID_VALUE", "user_id": "INVALID_FORMAT"}


async def test_the_library_gets_bare_lists_and_its_own_errors(door: Door, alice: Caller) -> None:
    for name in "abc":
        await make(alice, name)
    answer = await alice.get("/api/artists", params={"skip": 1, "limit": 1})
    assert [artist["name"] for artist in answer.body] == ["b"]
    assert isinstance(answer.body[0]["id"], int)

    bad = await alice.get("/api/artists", params={"limit": 0})
    assert (bad.status, bad.body["detail"][0]["loc"]) == (422, ["query", "limit"])
    stranger = await door.stranger.get("/api/artists")
    assert (stranger.status, set(stranger.body)) == (401, {"detail"})
