"""The queue beyond adding and moving, over real sockets and PostgreSQL."""

from typing import Any

from storage.backends import Pool
from tests.client import connected
from tests.hub.queue.items import add, titles
from tests.hub.together import op, party
from tests.nodes import OpenNode, People
from tests.people import new_playlist, new_track


async def test_a_suggestion_is_approved_on_the_other_node(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    track = await new_track(pool, ada_user, "Wish")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        await ada.ok("queue:lock", {"room_id": room_id})
        wish = {"room_id": room_id, "op_id": op(), "track_id": track, "note": "please"}
        suggested = (await bob.ok("item:suggest", wish))["suggestion"]
        assert (await bob.ok("item:suggest", wish))["suggestion"] == suggested
        heard = await ada.wait_for("suggestion:created")
        assert heard["data"]["suggestion"] == suggested
        answer = {"room_id": room_id, "op_id": op(), "suggestion_id": suggested["id"]}
        approved = await ada.ok("suggestion:approve", answer)
        assert approved["item"]["added_by"]["display_name"] == "bob"
        resolved = await bob.wait_for("suggestion:resolved")
        assert resolved["data"]["item_id"] == approved["item"]["id"]
        queue = await bob.ok("queue:get", {"room_id": room_id})
        assert (titles(queue), queue["suggestions"]) == (["Wish"], [])


async def test_an_edit_is_undone_and_everybody_sees_it(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(3)]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        items = await add(bob, room_id, *tracks)
        await bob.ok("item:remove", {"room_id": room_id, "op_id": op(), "item_id": items[1]})
        again = {"room_id": room_id, "op_id": op()}
        undone = await bob.ok("queue:undo", again)
        assert undone["undone"] == "remove"
        assert await bob.ok("queue:undo", again) == undone, "a repeat undoes nothing more"
        await ada.wait_for("item:removed")
        queue = await ada.ok("queue:get", {"room_id": room_id})
        assert titles(queue) == ["Song 0", "Song 1", "Song 2"]
        refused = await ada.error("queue:undo", {"room_id": room_id, "op_id": op()})
        assert refused["code"] == "CONFLICT"


async def test_a_queue_is_saved_as_a_playlist(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(3)]
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        payload = {"room_id": room["id"], "op_id": op(), "name": "Evening"}
        assert (await ada.error("queue:save", payload))["code"] == "CONFLICT"
        await add(ada, room["id"], *tracks)
        saved = await ada.ok("queue:save", {**payload, "op_id": op()})
    rows = await pool.fetch(
        "SELECT t.track_id::text, t.position, p.name, p.user_id::text, p.track_count, p.is_public "
        "FROM playlists p JOIN playlist_tracks t ON t.playlist_id = p.id "
        "WHERE p.id = $1 ORDER BY t.position",
        saved["playlist_id"],
    )
    assert [row["track_id"] for row in rows] == tracks
    assert [row["position"] for row in rows] == [0, 1, 2]
    assert {(r["name"], r["user_id"], r["track_count"], r["is_public"]) for r in rows} == {
        ("Evening", ada_user.user_id, 3, False)
    }


async def test_the_fallback_goes_on_where_it_was(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    first = await new_track(pool, ada_user, "First", 1_500)
    listed = [await new_track(pool, ada_user, f"Listed {n}", 1_500) for n in range(3)]
    secret = await new_track(pool, ada_user, "Secret", 1_500)
    await pool.execute("UPDATE tracks SET is_public = false WHERE id = $1", secret)
    playlist = await new_playlist(pool, ada_user.user_id, secret, *listed)
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        room_id = room["id"]
        await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        await add(ada, room_id, first)
        await ada.ok("queue:update", {"room_id": room_id, "fallback_playlist_id": playlist})
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        wanted = [first, *listed, listed[0]]

        def played() -> list[dict[str, Any]]:
            changes = [p["data"] for p in ada.payloads("playback:changed")]
            return [c for c in changes if c["status"] == "playing"]

        await ada.wait_until(lambda: len(played()) >= len(wanted))
        assert [c["track_id"] for c in played()][: len(wanted)] == wanted
        assert played()[1]["at_ms"] - played()[0]["at_ms"] == 1_500, "no gap between them"


async def test_a_playlist_of_somebody_else_is_refused(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, _) = await people.sign_in("ada"), await people.sign_in("bob")
    playlist = await new_playlist(pool, bob_user.user_id, public=False)
    async with connected(node.url, ada_token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        payload = {"room_id": room["id"], "fallback_playlist_id": playlist}
        refused = await ada.error("queue:update", payload)
        assert refused["code"] == "NOT_FOUND"
        assert refused["fields"][0]["field"] == "fallback_playlist_id"


async def test_autoplay_finds_tracks_like_the_last_one(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    seed = await new_track(pool, ada_user, "Seed", 1_500)
    alike = await new_track(pool, ada_user, "Alike", 60_000)
    other = await new_track(pool, ada_user, "Other", 60_000)
    set_genre = "UPDATE tracks SET genre = $2, artist = $3, tags = $4 WHERE id = $1"
    await pool.execute(set_genre, seed, "techno", "Ada", ["dark", "slow"])
    await pool.execute(set_genre, alike, "techno", "Bert", ["slow"])
    await pool.execute(set_genre, other, "folk", "Cleo", ["bright"])
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await ada.ok("queue:update", {"room_id": room["id"], "autoplay": "similar"})
        await add(ada, room["id"], seed)
        await ada.ok("playback:play", {"room_id": room["id"], "op_id": op()})
        added = await ada.wait_for(
            "item:added", lambda p: p["data"]["items"][0]["added_by"]["display_name"] == "Autoplay"
        )
        assert added["data"]["items"][0]["track_id"] == alike
