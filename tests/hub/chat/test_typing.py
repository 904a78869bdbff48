"""Who types is told, and no longer than he does."""

from hub.calls.typing import HINT, Typing
from storage.bus import Ephemeral, Hint, open_bus
from storage.redis import parse_target
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People


async def _shared_room(ada: HubClient, bob: HubClient) -> str:
    room_id = str((await ada.ok("room:create", {"name": "Kitchen"}))["id"])
    await bob.ok("room:join", {"room_id": room_id})
    await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
    return room_id


async def _told(ada: HubClient, times: int) -> list[list[str]]:
    await ada.wait_until(lambda: len(ada.payloads("typing:updated")) >= times)
    return [told["data"]["user_ids"] for told in ada.payloads("typing:updated")]


async def test_who_has_said_it_types_no_more(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await _shared_room(ada, bob)
        await bob.ok("typing:start", {"room_id": room_id})
        await _told(ada, 1)
        said = await bob.say(room_id, "there")
        await ada.wait_for_seq(said["seq"])
        assert await _told(ada, 2) == [[bob_id.user_id], []]
        await bob.say(room_id, "and no word of typing")
        await bob.ok("typing:start", {"room_id": room_id})
        assert await _told(ada, 3) == [[bob_id.user_id], [], [bob_id.user_id]]


async def test_who_hides_goes_or_is_put_out_types_no_more(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    him = [bob_id.user_id]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await _shared_room(ada, bob)
        await bob.ok("typing:start", {"room_id": room_id})
        assert await _told(ada, 1) == [him]
        await bob.ok("presence:update", {"status": "online", "invisible": True})
        assert await _told(ada, 2) == [him, []]
        await bob.ok("presence:update", {"status": "online", "invisible": False})
        async with connected(two.url, bob_token) as tab:
            await tab.ok("typing:start", {"room_id": room_id})
            assert await _told(ada, 3) == [him, [], him]
        assert await _told(ada, 4) == [him, [], him, []]
        await bob.ok("typing:start", {"room_id": room_id})
        assert await _told(ada, 5) == [him, [], him, [], him]
        await bob.ok("room:leave", {"room_id": room_id})
        assert await _told(ada, 6) == [him, [], him, [], him, []]


async def test_who_says_it_more_often_is_passed_on_no_more_often(redis_url: str) -> None:
    """Once in 3 s of one person in one room, but for a short burst; he is known all the time."""
    heard: list[Ephemeral] = []
    now_s = 1_000.0

    def hear(hint: Hint) -> None:
        assert isinstance(hint, Ephemeral)
        heard.append(hint)
        if hint.event == HINT:
            typing.hear(hint)

    typing = Typing(lambda _stream, _event, _data: None, clock=lambda: now_s)
    async with open_bus(parse_target(redis_url), hear) as bus:
        await eventually(lambda: bus.connected)
        for room in ("room:kitchen", "room:cellar"):
            await bus.subscribe(room)

        async def passed_on(stream: str) -> int:
            bus.publish_nowait(stream, "end", None)
            await eventually(lambda: heard and heard[-1].event == "end")
            count = sum(hint.event == HINT for hint in heard)
            heard.clear()
            return count

        for _ in range(60):  # a key each half second
            typing.set(bus, "kitchen", "bob", True)
            typing.sweep()
            now_s += 0.5
        assert await passed_on("room:kitchen") == 12
        for _ in range(10):  # as a client has to
            typing.set(bus, "kitchen", "bob", True)
            assert await passed_on("room:kitchen") == 1
            now_s += 3.0
            typing.sweep()
            assert typing.users("kitchen") == ["bob"]
        for _ in range(20):  # on and off, five times a second
            typing.set(bus, "cellar", "bob", True)
            typing.set(bus, "cellar", "bob", False)
            now_s += 0.2
        assert await passed_on("room:cellar") == 2 * 5
        typing.sweep()
        assert typing.users("cellar") == []


async def test_who_floods_is_told_when_to_come_back(open_one: OpenNode, people: People) -> None:
    node = await open_one(limits=True)
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        for _ in range(8):
            await ada.ok("typing:start", {"room_id": room["id"]})
        refused = [await ada.call("typing:start", {"room_id": room["id"]}) for _ in range(8)]
        errors = [answer["error"] for answer in refused if not answer["ok"]]
        assert errors
        assert {error["code"] for error in errors} == {"RATE_LIMITED"}
        assert all(0 < error["retry_after_ms"] <= 3_000 for error in errors)
