"""Presence over REST: what one shows, and who may see it."""

from datetime import UTC, datetime, timedelta

from tests.api.conftest import Door
from tests.people import fresh_id


async def test_what_is_left_out_of_a_change_stays(door: Door) -> None:
    ada = await door.newcomer()
    path = "/users/me/presence"
    ends = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    first = await ada.put(
        path,
        {"status": "busy", "status_message": "mixing", "status_expires_at": ends.isoformat()},
    )
    assert first.data["status_expires_at"] == ends.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    hidden = (await ada.put(path, {"invisible": True})).data
    assert (hidden["status"], hidden["status_message"]) == ("busy", "mixing")
    away = (await ada.put(path, {"status": "away", "status_message": None})).data
    assert (away["status"], away["status_message"], away["invisible"]) == ("away", None, True)
    wrong = await ada.put(path, {"status": "asleep"})
    assert (wrong.status, set(wrong.fields)) == (400, {"status"})
    assert (await ada.put(path, {"status_message": "x" * 141})).status == 400


async def test_others_see_it_as_far_as_he_shows_it(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    await ada.put("/users/me/presence", {"status": "busy"})
    seen = await bob.get(f"/users/{ada.user['id']}/presence")
    assert seen.data["user_id"] == ada.user["id"]
    assert seen.data["status"] == "offline"  # no socket of hers is there
    assert seen.data["last_seen_at"] is not None
    assert (await ada.get("/users/me/presence")).data["user_id"] == ada.user["id"]
    for hiding in ({"invisible": True}, {"invisible": False, "status": "offline"}):
        await ada.put("/users/me/presence", hiding)
        assert (await bob.get(f"/users/{ada.user['id']}/presence")).data["last_seen_at"] is None
    await ada.put("/users/me/presence", {"status": "online"})
    assert (await bob.get(f"/users/{ada.user['id']}/presence")).data["last_seen_at"] is not None
    await ada.post(f"/users/{bob.user['id']}/block")
    for one, other in ((ada, bob), (bob, ada)):
        between = (await one.get(f"/users/{other.user['id']}/presence")).data
        assert (between["status"], between["last_seen_at"]) == ("offline", None)
    assert (await bob.get(f"/users/{fresh_id()}/presence")).status == 404
    assert (await bob.get("/users/nobody/presence")).status == 404


async def test_a_track_and_a_room_are_named_while_all_may_have_them(door: Door) -> None:
    ada = await door.newcomer()
    path = "/users/me/presence"
    public = await door.add_track(ada, is_public=True)
    secret = await door.add_track(ada, is_public=False)
    shown = (await ada.put(path, {"track_id": public, "track_title": "Nightdrive"})).data
    assert (shown["track_id"], shown["track_title"]) == (public, "Nightdrive")
    assert shown["activity"]["type"] == "track"
    shown = (await ada.put(path, {"track_id": secret, "track_title": "Secret"})).data
    assert (shown["track_id"], shown["track_title"], shown["activity"]) == (None, None, None)
    shown = (await ada.put(path, {"track_title": "A record of mine"})).data
    assert (shown["track_id"], shown["track_title"]) == (None, "A record of mine")

    for kind, is_named in (("public", True), ("private", False)):
        room = (await ada.post("/conversations", {"name": "Kitchen", "type": kind})).data
        activity = {"type": "room", "room_id": room["id"], "track_title": "Nightdrive"}
        shown = (await ada.put(path, {"activity": activity})).data
        assert (shown["activity"] == activity) is is_named
        assert (shown["activity"] is None) is not is_named
    room = (await ada.post("/conversations", {"name": "Kitchen"})).data
    activity = {"type": "room", "room_id": room["id"]}
    both = {"track_title": "Nightdrive", "activity": activity}
    shown = (await ada.put(path, both)).data
    assert shown["activity"] == activity | {"track_title": "Nightdrive"}
    assert (await ada.put(path, both | {"status_expires_at": "2030-01-01T00:00:00"})).status == 400
