"""Tracks changed and deleted by the hundred, and by the library's way."""

from tests.api.conftest import Door


async def test_each_of_several_tracks_is_changed_by_itself(door: Door) -> None:
    alice, bob = await door.newcomer(), await door.newcomer()
    mine = [await door.add_track(alice, artist="Ada") for _ in range(2)]
    other = await door.add_track(bob, artist="Bob")
    nobody = "0198c6f2-0000-7000-8000-000000000001"
    body = {"track_ids": [*mine, other, nobody], "genre": "Dub", "description": "a\nb"}
    answer = (await alice.post("/tracks/batch/update", body)).data
    assert answer["done"] == mine
    assert [(each["track_id"], each["error_code"]) for each in answer["failed"]] == [
        (other, "UNAUTHORIZED_ACCESS"),
        (nobody, "TRACK_NOT_FOUND"),
    ]
    for track_id in mine:
        shown = (await alice.get(f"/tracks/{track_id}")).data
        assert (shown["genre"], shown["description"]) == ("Dub", "a\nb")
    wrong = await alice.post("/tracks/batch/update", {"track_ids": mine, "play_count": 9})
    assert wrong.fields == {"play_count": "UNKNOWN_FIELD"}
    assert (await alice.post("/tracks/batch/update", {"track_ids": []})).status == 400


async def test_several_tracks_are_deleted(door: Door) -> None:
    alice = await door.newcomer()
    used, free = await door.add_track(alice), await door.add_track(alice)
    playlist = (await alice.post("/playlists", {"name": "Mine"})).data["id"]
    await alice.post(f"/playlists/{playlist}/tracks", {"track_id": used})
    answer = (await alice.post("/tracks/batch/delete", {"track_ids": [used, free]})).data
    assert answer["done"] == [free]
    assert answer["failed"][0]["error_code"] == "TRACK_IN_USE"
    again = {"track_ids": [used, free], "force": True}
    answer = (await alice.post("/tracks/batch/delete", again)).data
    assert (answer["done"], answer["failed"][0]["error_code"]) == ([used], "TRACK_DELETED")


async def test_the_library_answers_bare_and_with_integer_ids(door: Door) -> None:
    alice, bob = await door.newcomer(), await door.newcomer()
    titles = ["Beta", "Alpha", "Gamma"]
    made = {title: await door.add_track(alice, title=title, artist="Ada") for title in titles}
    await door.add_track(alice, title="Private", is_public=False)
    assert (await door.stranger.get("/api/tracks")).status == 401
    listed = (await bob.get("/api/tracks?skip=1&limit=1")).body
    assert [track["title"] for track in listed] == ["Beta"]
    number = listed[0]["id"]
    assert (await bob.get(f"/api/tracks/{number}")).body["uuid"] == made["Beta"]
    assert len((await alice.get("/api/tracks?search=private")).body) == 1
    assert (await bob.get("/api/tracks?search=private")).body == []

    assert (await bob.put(f"/api/tracks/{number}", {"title": "Mine"})).status == 403
    changed = await alice.put(f"/api/tracks/{number}", {"title": "Delta"})
    assert (changed.status, changed.body["title"]) == (200, "Delta")
    wrong = await alice.put(f"/api/tracks/{number}", {"bpm": 1})
    assert (wrong.status, wrong.body["detail"][0]["loc"][-1]) == (422, "bpm")
    gone = await alice.delete(f"/api/tracks/{number}")
    assert gone.body["deleted_track_id"] == number
    missing = await alice.get(f"/api/tracks/{number}")
    assert (missing.status, missing.body) == (410, {"detail": "Track deleted"})
