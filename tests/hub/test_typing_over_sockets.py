"""Who types is told, and no longer than he does."""

from tests.client import HubClient, connected
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
