import uuid
from typing import Any

import pytest

from tests.api.conftest import Answer, Caller, Door


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice", display_name="Alice")


@pytest.fixture
async def bob(door: Door) -> Caller:
    return await door.newcomer(username="bob", display_name="Bob")


async def make(owner: Caller, title: str = "First", **fields: Any) -> Any:
    answer = await owner.post("/albums", {"title": title} | fields)
    assert answer.status == 201, answer.body
    return answer.data


async def artist(owner: Caller, name: str, **fields: Any) -> Any:
    return (await owner.post("/artists", {"name": name} | fields)).data


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_an_album_is_by_its_maker_when_nobody_is_named(door: Door, alice: Caller) -> None:
    one, two = await make(alice), await make(alice, "Second")
    (own,) = one["artists"]
    assert (own["name"], own["role"], one["role"]) == ("Alice", "owner", "owner")
    assert two["artists"] == one["artists"]
    assert (await door.stranger.get(f"/albums/{one['uuid']}")).data["role"] is None


async def test_an_album_is_changed_and_deleted(door: Door, alice: Caller) -> None:
    made = await make(alice, release_date="2026-11-21", album_type="ep")
    changes = {"title": " Better ", "release_date": None, "cover_url": "https://x.example/c.jpg"}
    changed = (await alice.put(f"/albums/{made['id']}", changes)).data
    assert (changed["title"], changed["release_date"]) == ("Better", None)
    assert changed["album_type"] == "ep"
    assert changed["artists"] == made["artists"]
    assert (await alice.delete(f"/albums/{made['id']}")).data == {
        "deleted_album_id": made["id"],
        "deleted_album_uuid": made["uuid"],
    }
    assert refused(await alice.get(f"/albums/{made['id']}")) == (404, "ALBUM_NOT_FOUND")
    assert await door.pool.fetchval("SELECT deleted_at IS NOT NULL FROM albums")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"title"}),
        ({"title": " "}, {"title"}),
        ({"title": "x", "release_date": "yesterday"}, {"release_date"}),
        ({"title": "x", "album_type": "tape"}, {"album_type"}),
        ({"title": "x", "artists": [{"artist_id": 1}, {"artist_id": True}]}, {"artists"}),
    ],
)
async def test_a_bad_field_is_named(alice: Caller, form: Any, fields: set[str]) -> None:
    answer = await alice.post("/albums", form)
    assert refused(answer) == (400, "VALIDATION_ERROR")
    assert set(answer.fields) == fields


async def test_what_each_role_allows(door: Door, alice: Caller, bob: Caller) -> None:
    bobs = await artist(bob, "Bob", is_me=True)
    for role, edits, owns in (("viewer", 403, 403), ("editor", 200, 403), ("owner", 200, 200)):
        album = await make(alice, artists=[{"artist_id": bobs["id"], "role": role}])
        path = f"/albums/{album['id']}"
        assert (await bob.get(path)).data["role"] == role
        assert (await bob.put(path, {"title": "Ours"})).status == edits
        assert (await bob.put(f"{path}/tracks", {"track_ids": []})).status == edits
        links = [{"artist_id": bobs["uuid"], "role": "owner"}]
        assert (await bob.put(path, {"artists": links})).status == owns
        assert (await bob.delete(path)).status == owns
    stranger = await door.newcomer()
    album = await make(alice)
    assert (await stranger.put(f"/albums/{album['id']}", {"title": "Mine"})).status == 403
    assert (await stranger.delete(f"/albums/{album['id']}")).status == 403
    assert refused(await alice.post("/albums", {"title": "x", "artists": [{"artist_id": 99}]})) == (
        404,
        "ARTIST_NOT_FOUND",
    )


async def test_an_album_has_the_tracks_it_is_given(door: Door, alice: Caller, bob: Caller) -> None:
    a, b = [await door.add_track(alice, title=title) for title in "ab"]
    private = await door.add_track(alice, is_public=False)
    theirs = await door.add_track(bob)
    album = await make(alice, "Works")
    path = f"/albums/{album['id']}"

    async def titles(caller: Caller) -> list[str]:
        return [track["uuid"] for track in (await caller.get(path)).data["tracks"]]

    filled = await alice.put(f"{path}/tracks", {"track_ids": [b, private, a]})
    assert filled.data["track_count"] == 2
    assert await titles(alice) == [b, private, a]
    assert await titles(door.stranger) == [b, a]
    assert await door.pool.fetchval("SELECT album FROM tracks WHERE id = $1", a) == "Works"

    await alice.put(path, {"title": "Later works"})
    assert await door.pool.fetchval("SELECT album FROM tracks WHERE id = $1", a) == "Later works"
    taken = await alice.put(f"{path}/tracks", {"track_ids": [theirs]})
    assert refused(taken) == (403, "UNAUTHORIZED_ACCESS")
    unknown = await alice.put(f"{path}/tracks", {"track_ids": [str(uuid.uuid4())]})
    assert refused(unknown) == (404, "TRACK_NOT_FOUND")
    await alice.put(f"{path}/tracks", {"track_ids": [a]})
    assert await titles(alice) == [a]
    assert await door.pool.fetchval("SELECT album FROM tracks WHERE id = $1", b) is None
    await alice.delete(f"/tracks/{a}")
    assert await titles(alice) == []


async def test_lists_page_filter_and_sort(door: Door, alice: Caller, bob: Caller) -> None:
    await make(alice, "Été", release_date="2024-05-01", album_type="single")
    await make(alice, "Dawn", release_date="2025-05-01")
    await make(bob, "Coda")
    (bobs,) = (await door.stranger.get("/artists", params={"search": "Bob"})).data

    async def titles(**query: Any) -> list[str]:
        return [a["title"] for a in (await door.stranger.get("/albums", params=query)).data]

    assert await titles() == ["Coda", "Dawn", "Été"]
    assert await titles(sort="title", order="asc") == ["Coda", "Dawn", "Été"]
    assert await titles(sort="release_date") == ["Dawn", "Été", "Coda"]
    assert await titles(artist="bob") == ["Coda"]
    assert await titles(artist_id=bobs["id"]) == await titles(artist_id=bobs["uuid"]) == ["Coda"]
    assert await titles(album_type="single") == await titles(year=2024) == await titles(q="ete")
    page = await door.stranger.get("/albums", params={"limit": 2, "page": 2, "year": 2025})
    assert (page.data, page.body["meta"]["total"]) == ([], 1)
    assert page.body["meta"]["filters_applied"] == {"year": 2025}

    library = await alice.get("/api/albums", params={"artist_id": bobs["id"]})
    assert [album["title"] for album in library.body] == ["Coda"]
