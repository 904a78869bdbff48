"""A track's counters, who likes it, what was done to it."""

from tests.api.conftest import Door


async def test_who_likes_a_track_is_listed_latest_first(door: Door) -> None:
    alice, bob, carol = [await door.newcomer() for _ in range(3)]
    track_id = await door.add_track(alice)
    for fan in (bob, carol):
        await fan.post(f"/tracks/{track_id}/like")
    likes = await alice.get(f"/tracks/{track_id}/likes?limit=1")
    assert [each["id"] for each in likes.data] == [carol.user["id"]]
    assert (likes.body["meta"]["total"], likes.body["meta"]["has_next"]) == (2, True)
    assert (await door.stranger.get(f"/tracks/{track_id}/likes")).status == 401
    await carol.delete(f"/tracks/{track_id}/like")
    likes = await alice.get(f"/tracks/{track_id}/likes")
    assert [each["username"] for each in likes.data] == [bob.user["username"]]
    assert (await door.stranger.get(f"/tracks/{track_id}/stats")).data["likes"] == 1


async def test_the_history_says_what_was_done(door: Door) -> None:
    alice, bob = await door.newcomer(), await door.newcomer()
    track_id = await door.add_track(alice, artist="Ada")
    await alice.put(f"/tracks/{track_id}", {"title": "Better"})
    deeds = await door.stranger.get(f"/tracks/{track_id}/history")
    assert [(d["action"], d["username"]) for d in deeds.data] == [
        ("updated", alice.user["username"])
    ]
    assert deeds.body["meta"]["total"] == 1
    await alice.put(f"/tracks/{track_id}", {"is_public": False})
    for name in ("history", "stats", "likes"):
        assert (await bob.get(f"/tracks/{track_id}/{name}")).code == "UNAUTHORIZED_ACCESS"
        assert (await alice.get(f"/tracks/{track_id}/{name}")).status == 200
        assert (await bob.get(f"/tracks/nobody/{name}")).code == "TRACK_NOT_FOUND"
