"""The older players' co-listening socket beside stock clients, on two nodes."""

from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.chat_socket.talking import Talking
from tests.hub.co_listening.listening import PATH, listening, ticket
from tests.hub.together import op
from tests.nodes import OpenNode, People
from tests.people import fresh_id, new_track


async def session_of(ada: HubClient, *tracks: str) -> str:
    """A session with these tracks in its queue."""
    room_id = str((await ada.ok("room:create", {"name": "Listen"}))["id"])
    await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
    if tracks:
        add = {"room_id": room_id, "op_id": op(), "track_ids": list(tracks)}
        await ada.ok("item:add", add)
    return room_id


def is_playing(frame: dict[str, Any]) -> bool:
    return bool(frame["is_playing"])


async def test_the_host_drives_from_an_older_player(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = [await people.sign_in(name) for name in ("ada", "bob")]
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(2)]
    async with connected(two.url, bob_token) as bob, connected(one.url, ada_token) as maker:
        room_id = await session_of(maker, tracks[0])
        await bob.ok("room:join", {"room_id": room_id})
        await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        async with listening(one.url, room_id, await ticket(pool, ada_user.user_id)) as ada:
            state = await ada.hear("state")
            assert (state["session_id"], state["host_id"]) == (room_id, ada_user.user_id)
            assert (state["is_playing"], state["position"]) == (False, 0)
            assert state["track_id"] == tracks[0], "what it will begin with"
            assert {p["user_id"] for p in state["participants"]} >= {ada_user.user_id}
            await ada.say("play", position=10)
            begun = await ada.hear("state", is_playing)
            changed = await bob.wait_for("playback:changed")
            assert begun["track_id"] == tracks[0] == changed["data"]["track_id"]
            assert begun["position"] == 10 == changed["data"]["position_ms"] / 1_000
            assert begun["server_time"] == changed["data"]["effective_at_ms"] / 1_000
            await ada.say("seek", position=30.5)
            sought = await ada.hear("state", lambda f: f["position"] == 30.5)
            assert sought["is_playing"]
            await ada.say("sync", position=40.0, sent_at=sought["server_time"])
            ack = await ada.hear("sync_ack")
            assert ack["drift"] == pytest.approx(9.5)
            assert ack["position"] >= 30.5
            await ada.say("pause", position=31)
            paused = await ada.hear("state", lambda f: not f["is_playing"] and f["position"] == 31)
            assert paused["track_id"] == tracks[0]
            await ada.say("track", track_id=tracks[1])
            other = await ada.hear("state", lambda f: f["track_id"] == tracks[1])
            assert other["is_playing"]
            last = await bob.wait_for(
                "playback:changed", lambda p: p["data"]["track_id"] == tracks[1]
            )
            assert last["by"]["user_id"] == ada_user.user_id


async def test_a_follower_hears_and_may_not_drive(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = [
        await people.sign_in(name) for name in ("ada", "bob")
    ]
    track = await new_track(pool, ada_user, "Song")
    async with connected(one.url, ada_token) as ada:
        room_id = await session_of(ada, track)
        async with listening(two.url, room_id, bob_token, as_bearer=True) as bob:
            await bob.hear("state")
            for kind, fields in (("play", {}), ("track", {"track_id": track})):
                await bob.say(kind, **fields)
            await with_errors(bob, 2)
            assert {e["code"] for e in bob.kinds("error")} == {"NOT_HOST"}
            await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
            begun = await bob.hear("state", is_playing)
            # A joins late: he lands on the beat.
            carl_user, _ = await people.sign_in("carl")
            async with listening(one.url, room_id, await ticket(pool, carl_user.user_id)) as carl:
                landed = await carl.hear("state")
                assert landed["is_playing"]
                elapsed = landed["server_time"] - begun["server_time"]
                assert landed["position"] == pytest.approx(elapsed, abs=0.002)
                came = await bob.hear(
                    "participant_joined", lambda f: f["user_id"] == carl_user.user_id
                )
                assert came["display_name"] == "carl"
            await ada.ok("host:transfer", {"room_id": room_id, "op_id": op(), **whom(bob_user)})
            await bob.hear("state", lambda f: f["host_id"] == bob_user.user_id)
            await bob.say("pause")
            await ada.wait_for("playback:changed", lambda p: p["data"]["status"] == "paused")
            await bob.hear("participant_left", lambda f: f["user_id"] == carl_user.user_id)


def whom(user: Any) -> dict[str, str]:
    return {"user_id": user.user_id}


async def with_errors(client: Talking, count: int) -> None:
    await client.hear_until(lambda: len(client.kinds("error")) >= count)


async def test_everybody_hears_the_end(open_one: OpenNode, people: People, pool: Pool) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = [await people.sign_in(n) for n in ("ada", "bob")]
    async with connected(node.url, ada_token) as ada:
        room_id = await session_of(ada)
        async with listening(node.url, room_id, bob_token, as_bearer=True) as bob:
            await bob.hear("state")
            await bob.say("sync", position=1)
            assert (await bob.hear("sync_ack"))["drift"] is None, "nothing plays"
            await ada.ok("session:end", {"room_id": room_id, "op_id": op()})
            assert await bob.closed() == 1000
            assert bob.kinds("ended") == [{"type": "ended", "reason": "ended"}]
        async with listening(node.url, room_id, bob_token, as_bearer=True) as late:
            assert await late.closed() == 1000
            assert [frame["type"] for frame in late.heard] == ["state", "ended"]
        other = await session_of(ada)
        async with listening(node.url, other, bob_token, as_bearer=True) as bob:
            await bob.hear("state")
            await ada.ok("room:delete", {"room_id": other})
            assert await bob.closed() == 1000
            assert bob.kinds("ended")[0]["reason"] == "deleted"


async def test_what_makes_no_sense_is_answered(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room_id = await session_of(ada)
        async with listening(node.url, room_id, token, as_bearer=True) as old:
            await old.hear("state")
            bad = ["no json", "[]", '{"type":"dance"}', '{"type":"seek"}']
            bad += ['{"type":"seek","position":-1}', '{"type":"track","track_id":"x"}']
            for text in bad:
                await old.socket.send_str(text)
            await old.socket.send_bytes(b"\x00")
            await with_errors(old, len(bad) + 1)
            assert {e["code"] for e in old.kinds("error")} == {"BAD_COMMAND"}
            await old.say("heartbeat")
            await old.say("seek", position=3)
            refused = await old.hear("error", lambda f: f["code"] == "CONFLICT")
            assert "Nothing is playing" in refused["message"]


async def test_the_door(open_one: OpenNode, people: People, pool: Pool) -> None:
    node = await open_one()
    (ada_user, ada_token), (_, eve_token) = [await people.sign_in(n) for n in ("ada", "eve")]
    async with connected(node.url, ada_token) as ada:
        private = await ada.ok("room:create", {"name": "Secret", "type": "private"})
    once = await ticket(pool, ada_user.user_id)

    async def status(session_id: str, *, token: str = "", bearer: str | None = None) -> int:
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        params = {"session_id": session_id, "token": token}
        async with ClientSession() as http:
            try:
                async with http.ws_connect(node.url + PATH, params=params, headers=headers):
                    return 101
            except WSServerHandshakeError as error:
                return error.status

    assert await status(private["id"]) == 401
    assert await status(private["id"], token=ada_token) == 401, "no access token in an address"
    assert await status(private["id"], bearer=eve_token) == 404
    assert await status(fresh_id(), bearer=ada_token) == 404
    assert await status("nonsense", bearer=ada_token) == 404
    assert await status(private["id"], token=once) == 101
    assert await status(private["id"], token=once) == 401, "a ticket opens once"
