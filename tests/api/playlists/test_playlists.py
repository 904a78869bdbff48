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


async def make(owner: Caller, name: str = "Evening", **fields: Any) -> str:
    answer = await owner.post("/playlists", {"name": name} | fields)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


async def fill(owner: Caller, playlist_id: str, *track_ids: str) -> None:
    answer = await owner.post(f"/playlists/{playlist_id}/tracks", {"track_ids": list(track_ids)})
    assert answer.status == 201, answer.body


async def held(caller: Caller, playlist_id: str) -> list[str]:
    answer = await caller.get(f"/playlists/{playlist_id}/tracks")
    assert [entry["position"] for entry in answer.data] == list(range(len(answer.data)))
    return [entry["track"]["uuid"] for entry in answer.data]


async def three_tracks(door: Door, owner: Caller) -> list[str]:
    return [await door.add_track(owner, title=title, duration=60) for title in "abc"]


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_a_playlist_is_made_read_changed_and_deleted(door: Door, alice: Caller) -> None:
    form = {"name": "  Evening   songs ", "description": "One\r\ntwo", "is_public": False}
    made = (await alice.post("/playlists", form)).data
    assert (made["name"], made["description"]) == ("Evening songs", "One\ntwo")
    assert (made["is_public"], made["permission"], made["track_count"]) == (False, "owner", 0)
    assert made["owner"]["display_name"] == "Alice"

    changes = {"name": "Night", "description": None, "cover_url": "https://x.example/c.jpg"}
    changed = (await alice.put(f"/playlists/{made['id']}", changes)).data
    assert (changed["name"], changed["description"]) == ("Night", None)
    assert changed["is_public"] is False
    assert (await alice.get(f"/playlists/{made['id']}")).data["tracks"] == []

    assert (await alice.delete(f"/playlists/{made['id']}")).data == {
        "deleted_playlist_id": made["id"]
    }
    gone = await alice.get(f"/playlists/{made['id']}")
    assert refused(gone) == (404, "PLAYLIST_NOT_FOUND")
    assert (await alice.get("/playlists")).data == []
    assert await door.pool.fetchval("SELECT deleted_at IS NOT NULL FROM playlists")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "cover_url": "javascript:alert(1)"}, "cover_url"),
        ({"name": "x", "is_editorial": True}, "is_editorial"),
    ],
)
async def test_a_bad_field_is_named(alice: Caller, form: Any, field: str) -> None:
    answer = await alice.post("/playlists", form)
    assert refused(answer) == (400, "VALIDATION_ERROR")
    assert set(answer.fields) == {field}


async def test_a_private_playlist_is_unknown_to_others(
    door: Door, alice: Caller, bob: Caller
) -> None:
    private = await make(alice, is_public=False)
    track_id = await door.add_track(bob)
    attempts = [
        await bob.get(f"/playlists/{private}"),
        await bob.get(f"/playlists/{private}/tracks"),
        await bob.put(f"/playlists/{private}", {"name": "Mine"}),
        await bob.delete(f"/playlists/{private}"),
        await bob.post(f"/playlists/{private}/tracks", {"track_id": track_id}),
        await bob.delete(f"/playlists/{private}/tracks/{track_id}"),
        await bob.put(f"/playlists/{private}/tracks/reorder", {"track_ids": [track_id]}),
        await bob.post(f"/playlists/{private}/duplicate"),
        await bob.get(f"/playlists/{private}/collaborators"),
        await bob.post(f"/playlists/{private}/collaborators", {"user_id": bob.user["id"]}),
        await bob.delete(f"/playlists/{private}/collaborators/{bob.user['id']}"),
        await bob.post(f"/playlists/{private}/share"),
        await bob.delete(f"/playlists/{private}/share"),
        await bob.get(f"/playlists/{uuid.uuid4()}"),
        await bob.get("/playlists/7"),
    ]
    assert {refused(each) for each in attempts} == {(404, "PLAYLIST_NOT_FOUND")}
    assert (await bob.get("/playlists/search", params={"q": "Evening"})).data == []


async def test_a_public_playlist_is_read_by_all_and_changed_by_its_owner(
    door: Door, alice: Caller, bob: Caller
) -> None:
    public = await make(alice)
    track_id = await door.add_track(bob)
    assert (await bob.get(f"/playlists/{public}")).data["permission"] is None
    attempts = [
        await bob.put(f"/playlists/{public}", {"name": "Mine"}),
        await bob.delete(f"/playlists/{public}"),
        await bob.post(f"/playlists/{public}/tracks", {"track_id": track_id}),
        await bob.get(f"/playlists/{public}/collaborators"),
        await bob.post(f"/playlists/{public}/collaborators", {"user_id": bob.user["id"]}),
        await bob.post(f"/playlists/{public}/share"),
    ]
    assert {refused(each) for each in attempts} == {(403, "UNAUTHORIZED_ACCESS")}


@pytest.mark.parametrize(
    ("permission", "fills", "runs"),
    [("read", 403, 403), ("write", 201, 403), ("admin", 201, 201)],
)
async def test_what_each_permission_allows(
    door: Door, alice: Caller, bob: Caller, permission: str, fills: int, runs: int
) -> None:
    carol = await door.newcomer()
    playlist_id = await make(alice, is_public=False)
    people = f"/playlists/{playlist_id}/collaborators"
    added = await alice.post(people, {"user_id": bob.user["id"], "permission": permission})
    assert added.status == 201
    track_id = await door.add_track(alice)

    assert (await bob.get(f"/playlists/{playlist_id}")).data["permission"] == permission
    add = await bob.post(f"/playlists/{playlist_id}/tracks", {"track_id": track_id})
    invite = await bob.post(people, {"user_id": carol.user["id"]})
    share = await bob.post(f"/playlists/{playlist_id}/share")
    assert (add.status, invite.status, share.status) == (fills, runs, runs)
    assert (await bob.put(f"/playlists/{playlist_id}", {"name": "Mine"})).status == 403
    assert (await bob.delete(f"/playlists/{playlist_id}")).status == 403
    assert (await bob.get(people)).data[0]["username"] == "bob"


async def test_a_collaborator_is_changed_leaves_and_is_out(alice: Caller, bob: Caller) -> None:
    playlist_id = await make(alice, is_public=False)
    people = f"/playlists/{playlist_id}/collaborators"
    await alice.post(people, {"user_id": bob.user["seq_id"]})
    again = await alice.post(people, {"user_id": bob.user["id"]})
    assert refused(again) == (409, "ALREADY_COLLABORATOR")
    owner = await alice.post(people, {"user_id": alice.user["id"]})
    assert refused(owner) == (409, "ALREADY_COLLABORATOR")
    nobody = await alice.post(people, {"user_id": str(uuid.uuid4())})
    assert refused(nobody) == (404, "USER_NOT_FOUND")

    changed = await alice.put(f"{people}/{bob.user['id']}", {"permission": "write"})
    assert changed.data["permission"] == "write"
    assert (await bob.put(f"{people}/{bob.user['id']}", {"permission": "admin"})).status == 403
    assert [p["id"] for p in (await bob.get("/playlists")).data] == [playlist_id]
    assert (await bob.delete(f"{people}/{bob.user['id']}")).status == 200
    assert (await bob.get(f"/playlists/{playlist_id}")).status == 404
    assert (await alice.delete(f"{people}/{bob.user['id']}")).code == "COLLABORATOR_NOT_FOUND"


async def test_tracks_are_added_moved_and_removed(door: Door, alice: Caller) -> None:
    a, b, c = await three_tracks(door, alice)
    playlist_id = await make(alice)
    tracks = f"/playlists/{playlist_id}/tracks"
    await fill(alice, playlist_id, a, b)
    first = await alice.post(tracks, {"track_id": c, "position": 0})
    assert (first.status, first.data["track_count"]) == (201, 3)
    assert await held(alice, playlist_id) == [c, a, b]

    assert refused(await alice.post(tracks, {"track_id": a})) == (409, "TRACK_IN_PLAYLIST")
    moved = await alice.put(f"{tracks}/reorder", {"track_ids": [b, c]})
    assert moved.status == 200
    assert await held(alice, playlist_id) == [b, c, a]
    unknown = await alice.put(f"{tracks}/reorder", {"track_ids": [str(uuid.uuid4())]})
    assert refused(unknown) == (409, "TRACK_NOT_IN_PLAYLIST")
    twice = await alice.put(f"{tracks}/reorder", {"track_ids": [a, c, a]})
    assert twice.status == 200
    assert await held(alice, playlist_id) == [a, c, b]
    await alice.put(f"{tracks}/reorder", {"track_ids": [b, c, a]})

    assert (await alice.delete(f"{tracks}/{c}")).data["track_count"] == 2
    assert await held(alice, playlist_id) == [b, a]
    assert refused(await alice.delete(f"{tracks}/{c}")) == (404, "TRACK_NOT_IN_PLAYLIST")
    detail = (await alice.get(f"/playlists/{playlist_id}")).data
    assert detail["duration_seconds"] == 120
    assert detail["tracks"][0]["added_by"] == alice.user["id"]


async def test_a_track_is_named_by_its_integer_too(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice)
    number = await door.pool.fetchval("SELECT seq_id FROM tracks")
    playlist_id = await make(alice)
    assert (
        await alice.post(f"/playlists/{playlist_id}/tracks", {"track_id": number})
    ).status == 201
    assert await held(alice, playlist_id) == [track_id]
    assert (await alice.delete(f"/playlists/{playlist_id}/tracks/{number}")).status == 200


async def test_private_and_deleted_tracks_are_not_shown(
    door: Door, alice: Caller, bob: Caller
) -> None:
    open_track, private = await door.add_track(alice), await door.add_track(alice, is_public=False)
    playlist_id = await make(alice)
    await fill(alice, playlist_id, private, open_track)
    assert await held(bob, playlist_id) == [open_track]
    assert await held(alice, playlist_id) == [private, open_track]

    theirs = await make(bob)
    hidden = await bob.post(f"/playlists/{theirs}/tracks", {"track_id": private})
    assert refused(hidden) == (403, "UNAUTHORIZED_ACCESS")
    await fill(bob, theirs, open_track)
    in_use = await alice.delete(f"/tracks/{open_track}")
    assert refused(in_use) == (409, "TRACK_IN_USE")
    assert (await alice.delete(f"/tracks/{open_track}?force=true")).status == 200
    assert await held(alice, playlist_id) == [private]
    assert (await bob.get(f"/playlists/{theirs}")).data["track_count"] == 0
    gone = await bob.post(f"/playlists/{theirs}/tracks", {"track_id": open_track})
    assert refused(gone) == (410, "TRACK_DELETED")


async def test_lists_page_filter_and_sort(door: Door, alice: Caller, bob: Caller) -> None:
    for name in ("Éclair", "Dawn", "Coffee", "Berlin 100%"):
        await make(alice, name, is_public=name != "Dawn")
    shared = await make(bob, "Bob's")
    await bob.post(
        f"/playlists/{shared}/collaborators", {"user_id": alice.user["id"], "permission": "write"}
    )

    async def names(**query: Any) -> list[str]:
        return [each["name"] for each in (await alice.get("/playlists", params=query)).data]

    by_name = {"sort": "name", "order": "asc"}
    assert await names(**by_name) == ["Berlin 100%", "Bob's", "Coffee", "Dawn", "Éclair"]
    assert await names(**by_name, scope="shared") == ["Bob's"]
    assert len(await names(scope="owned")) == 4
    assert await names(is_public="false") == ["Dawn"]
    assert await names(q="ecl") == ["Éclair"]
    assert await names(search="0%") == ["Berlin 100%"]
    assert await names(user_id=bob.user["seq_id"]) == ["Bob's"]
    second = await alice.get("/playlists", params={**by_name, "page": 2, "limit": 2})
    assert [each["name"] for each in second.data] == ["Coffee", "Dawn"]
    meta = second.body["meta"]
    assert (meta["total"], meta["total_pages"], meta["has_next"], meta["has_prev"]) == (
        5,
        3,
        True,
        True,
    )
    seen = await bob.get("/playlists", params={"user_id": alice.user["id"], **by_name})
    assert [each["name"] for each in seen.data] == ["Berlin 100%", "Coffee", "Éclair"]
    found = await bob.get("/playlists/search", params={"q": "coffee"})
    assert [each["name"] for each in found.data] == ["Coffee"]
    assert (await alice.get("/playlists", params={"page": 0})).fields == {"page": "OUT_OF_RANGE"}


async def test_a_copy_holds_what_its_maker_may_hear(door: Door, alice: Caller, bob: Caller) -> None:
    a, b, c = await three_tracks(door, alice)
    private = await door.add_track(alice, is_public=False)
    playlist_id = await make(alice, "Mix")
    await fill(alice, playlist_id, c, private, a, b)
    copy = (await bob.post(f"/playlists/{playlist_id}/duplicate")).data
    assert (copy["name"], copy["is_public"], copy["permission"]) == ("Mix", False, "owner")
    assert await held(bob, copy["id"]) == [c, a, b]


async def test_favourites_are_there_at_the_first_look_and_stay(alice: Caller) -> None:
    first = (await alice.get("/playlists/favoris")).data
    assert (first["is_default_favorites"], first["is_public"]) == (True, False)
    assert (await alice.get("/playlists/favorites")).data["id"] == first["id"]
    assert refused(await alice.delete(f"/playlists/{first['id']}")) == (409, "FAVORITES_STAY")


async def test_a_link_opens_a_private_playlist_until_it_is_taken_back(
    door: Door, alice: Caller
) -> None:
    a, _, _ = await three_tracks(door, alice)
    private = await door.add_track(alice, is_public=False)
    playlist_id = await make(alice, is_public=False)
    await fill(alice, playlist_id, a, private)
    link = (await alice.post(f"/playlists/{playlist_id}/share", {"expires_in_days": 1})).data

    shared = (await door.stranger.get(link["url"])).data
    assert [entry["track"]["uuid"] for entry in shared["tracks"]] == [a]
    stored = await door.pool.fetchrow("SELECT share_token, access_count FROM playlist_share_links")
    assert stored is not None
    assert link["token"] not in stored["share_token"]
    assert stored["access_count"] == 1

    assert (await alice.delete(f"/playlists/{playlist_id}/share")).data == {"revoked": 1}
    assert refused(await door.stranger.get(link["url"])) == (404, "PLAYLIST_NOT_FOUND")
    again = (await alice.post(f"/playlists/{playlist_id}/share")).data
    await door.pool.execute("UPDATE playlist_share_links SET expires_at = now()")
    assert (await door.stranger.get(again["url"])).status == 404
