"""Links into a room: for how many, for how long, and who goes with them."""

import asyncio

from tests.client import HubClient, connected
from tests.nodes import OpenNode, People


async def test_a_link_lets_in_as_many_as_it_says_and_can_be_revoked(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    _, ada_token = await people.sign_in("ada")
    guests = [await people.sign_in(f"guest{n}") for n in range(8)]
    async with connected(one.url, ada_token) as ada:
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        invite = await ada.ok("invite:create", {"room_id": room["id"], "max_uses": 3})

        async def enter(number: int) -> bool:
            url = (one if number % 2 else two).url
            async with connected(url, guests[number][1]) as client:
                ack = await client.call("invite:accept", {"token": invite["token"]})
                assert ack["ok"] or ack["error"]["code"] == "GONE"
                return bool(ack["ok"])

        assert sum(await asyncio.gather(*(enter(n) for n in range(8)))) == 3
        assert (await ada.ok("invite:list", {"room_id": room["id"]}))["invites"] == []
        fresh = await ada.ok("invite:create", {"room_id": room["id"]})
        listed = (await ada.ok("invite:list", {"room_id": room["id"]}))["invites"]
        assert [each["token"] for each in listed] == [fresh["token"]]
        await ada.ok("invite:revoke", {"room_id": room["id"], "token": fresh["token"]})
        late = await people.sign_in("late")
        async with connected(two.url, late[1]) as client:
            error = await client.error("invite:accept", {"token": fresh["token"]})
        assert error["code"] == "GONE"


async def test_guests_go_with_the_link_they_came_by(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        room_id = room["id"]
        await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        links = [(await ada.ok("invite:create", {"room_id": room_id}))["token"] for _ in "ab"]
        await bob.ok("invite:accept", {"token": links[0]})
        (eve_id, eve_token), (kim_id, kim_token) = [
            await people.guest(name, room_id, link)
            for name, link in zip(("Eve", "Kim"), links, strict=True)
        ]
        async with connected(two.url, eve_token) as eve, connected(two.url, kim_token) as kim:
            for guest, link in ((eve, links[0]), (kim, links[1])):
                await guest.ok("invite:accept", {"token": link})
                await guest.ok("stream:subscribe", {"stream": f"room:{room_id}"})
                assert (await guest.say(room_id, "good evening"))["ok"]
            take_back = {"room_id": room_id, "token": links[0]}
            await ada.ok("invite:revoke", take_back)

            left = (await eve.wait_for("member:left"))["data"]
            assert (left["user_id"], left["reason"]) == (eve_id.user_id, "invite_revoked")
            assert (await ada.wait_for("member:left"))["data"] == left
            assert not (await eve.say(room_id, "and me?"))["ok"]
            assert (await eve.error("invite:accept", {"token": links[0]}))["code"] == "GONE"
            assert (await kim.say(room_id, "another link"))["ok"]
            await kim.wait_until(lambda: "another link" in _said(kim))
            follow = {"stream": f"room:{room_id}"}
            assert (await eve.error("stream:subscribe", follow))["code"] in (
                "FORBIDDEN",
                "NOT_FOUND",
            )
            assert "another link" not in _said(eve), "nor does she hear the room any more"
            assert (await bob.say(room_id, "a member stays"))["ok"]
            listed = (await ada.ok("member:list", {"room_id": room_id}))["members"]
            assert {bob_id.user_id, kim_id.user_id} < {each["user_id"] for each in listed}
            assert eve_id.user_id not in {each["user_id"] for each in listed}
            await ada.ok("invite:revoke", take_back)
            assert (await kim.say(room_id, "twice is once"))["ok"]


def _said(client: HubClient) -> list[str]:
    return [str(event["data"]["content"]) for event in client.payloads("message:created")]
