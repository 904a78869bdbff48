"""A block hides two people from each other, live and later, on all nodes, and leaves no hole."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from msgspec import Struct

from rooms.feature import Actor
from tests.client import HubClient, connected
from tests.hub.chat_socket.talking import talking
from tests.nodes import OpenNode, People, RunningNode


class Kitchen(Struct, frozen=True):
    """Ada and Cem on one node, Bob on another, all in one room; nobody is blocked yet."""

    one: RunningNode
    two: RunningNode
    room_id: str
    ada: HubClient
    bob: HubClient
    cem: HubClient
    ada_user: Actor
    bob_user: Actor
    ada_token: str
    epoch: str

    async def block(self) -> None:
        """Ada blocks Bob; returns once both nodes know."""
        await self.ada.ok("user:block", {"user_id": self.bob_user.user_id})
        await self.ada.wait_until(lambda: not sees(self.ada, self.bob_user))
        await self.bob.wait_until(lambda: not sees(self.bob, self.ada_user))

    async def say(self, who: HubClient, content: str) -> dict[str, Any]:
        ack = await who.say(self.room_id, content)
        assert ack["ok"]
        return dict(ack["data"])


def sees(client: HubClient, user: Actor) -> bool:
    """Whether this client's fold of diffs has the user."""
    there = False
    for diff in client.payloads("presence:diff"):
        if user.user_id in diff["data"]["upserts"]:
            there = True
        if user.user_id in diff["data"]["leaves"]:
            there = False
    return there


def said(client: HubClient) -> list[str]:
    return [p["data"]["content"] for p in client.payloads("message:created")]


@pytest.fixture
async def kitchen(open_one: OpenNode, people: People) -> AsyncIterator[Kitchen]:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    _, cem_token = await people.sign_in("cem")
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(connected(one.url, ada_token))
        bob = await stack.enter_async_context(connected(two.url, bob_token))
        cem = await stack.enter_async_context(connected(one.url, cem_token))
        room = await ada.ok("room:create", {"name": "Kitchen"})
        answer = {}
        for client in (ada, bob, cem):
            await client.ok("room:join", {"room_id": room["id"]})
            answer = await client.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        kitchen = Kitchen(
            one, two, room["id"], ada, bob, cem, ada_user, bob_user, ada_token, answer["epoch"]
        )
        await cem.wait_until(lambda: sees(cem, bob_user))
        await ada.wait_until(lambda: sees(ada, bob_user))
        # Who came last knows the others by his snapshot; a change of theirs tells him anew.
        await ada.ok("presence:update", {"status": "busy"})
        await bob.wait_until(lambda: sees(bob, ada_user))
        yield kitchen


async def test_words_and_reactions_leave_only_their_places(kitchen: Kitchen) -> None:
    k = kitchen
    first = await k.say(k.ada, "hers, before")
    await k.block()
    his = await k.say(k.bob, "his")
    reaction = {"message_id": first["id"], "emoji": "👍", "op_id": str(uuid.uuid4())}
    await k.bob.ok("reaction:add", reaction)
    edit = {"message_id": his["id"], "content": "his, edited", "op_id": str(uuid.uuid4())}
    await k.bob.ok("message:update", edit)
    hers = await k.say(k.ada, "hers")
    last = await k.say(k.cem, "last")
    for client in (k.ada, k.bob, k.cem):
        await client.wait_for_seq(last["seq"])
        seqs = client.seqs()
        assert seqs == list(range(seqs[0], last["seq"] + 1))
    assert said(k.cem) == ["hers, before", "his", "hers", "last"]
    assert said(k.ada) == ["hers, before", "hers", "last"]
    assert said(k.bob) == ["hers, before", "his", "last"]
    assert [p["seq"] for p in k.bob.payloads("event:hidden")] == [hers["seq"]]
    places = k.ada.payloads("event:hidden")
    assert [p["seq"] for p in places] == [his["seq"], his["seq"] + 1, his["seq"] + 2]
    assert all(p["data"] == {} and p["by"]["user_id"] is None for p in places)
    assert k.bob_user.user_id not in str(places)
    assert len(k.ada.payloads("reaction:added")) == 0


async def test_catch_up_history_and_live_agree(kitchen: Kitchen) -> None:
    k = kitchen
    first = await k.say(k.ada, "hers, before")
    await k.block()
    his = await k.say(k.bob, "his")
    reaction = {"message_id": first["id"], "emoji": "👍", "op_id": str(uuid.uuid4())}
    await k.bob.ok("reaction:add", reaction)
    last = await k.say(k.cem, "last")
    since = {"epoch": k.epoch, "seq": first["seq"]}
    async with connected(k.two.url, k.ada_token) as again:
        answer = await again.ok("stream:subscribe", {"stream": f"room:{k.room_id}", "since": since})
        events = [(e["event"], e["seq"]) for e in answer["events"]]
        assert events == [
            ("event:hidden", his["seq"]),
            ("event:hidden", his["seq"] + 1),
            ("message:created", last["seq"]),
        ]
        assert k.bob_user.user_id not in str(answer["events"])
        fresh = await again.ok("stream:subscribe", {"stream": f"room:{k.room_id}"})
        page = await again.ok("message:history", {"room_id": k.room_id})
    for messages in (fresh["snapshot"]["chat"]["messages"], page["messages"]):
        assert [(m["content"], m["reactions"]) for m in messages] == [
            ("hers, before", []),
            ("last", []),
        ]
    snapshot = fresh["snapshot"]
    assert k.bob_user.user_id not in snapshot["presence"]["users"]
    assert k.bob_user.user_id not in [mark["user_id"] for mark in snapshot["chat"]["marks"]]


async def test_nobody_of_the_two_sees_the_other_there(kitchen: Kitchen) -> None:
    k = kitchen
    await k.block()
    at = len(k.ada.heard)
    await k.bob.ok("typing:start", {"room_id": k.room_id})
    await k.cem.wait_for("typing:updated", lambda p: p["data"]["user_ids"] == [k.bob_user.user_id])
    mine = await k.say(k.cem, "read me")
    await k.bob.ok("read:mark", {"room_id": k.room_id, "seq": mine["seq"]})
    await k.bob.ok("stream:ack", {"stream": f"room:{k.room_id}", "seq": mine["seq"]})
    await k.bob.ok("presence:update", {"status": "away", "status_message": "hidden from her"})
    for event in ("read:updated", "delivered:updated"):
        await k.cem.wait_for(event, lambda p: p["data"]["user_id"] == k.bob_user.user_id)
    await k.cem.wait_for("presence:diff", lambda p: "hidden from her" in str(p))
    await k.say(k.cem, "flush")
    await k.ada.wait_until(lambda: "flush" in said(k.ada))
    told = str([payload for name, payload in k.ada.heard[at:] if name != "blocks:updated"])
    assert k.bob_user.user_id not in told
    for one, other in ((k.ada, k.bob_user), (k.bob, k.ada_user)):
        there = await one.ok("presence:get", {"user_id": other.user_id})
        assert (there["status"], there["last_seen_at"], there["devices"]) == ("offline", None, [])
        for audience in (f"room:{k.room_id}", [other.user_id], "contacts"):
            seen = await one.ok("presence:subscribe", {"audience": audience})
            assert other.user_id not in seen["users"]


async def test_a_block_taken_back_shows_them_again(kitchen: Kitchen) -> None:
    k = kitchen
    await k.block()
    await k.ada.ok("user:unblock", {"user_id": k.bob_user.user_id})
    await k.ada.wait_until(lambda: sees(k.ada, k.bob_user))
    await k.bob.wait_until(lambda: sees(k.bob, k.ada_user))
    await k.say(k.bob, "back")
    await k.ada.wait_until(lambda: said(k.ada) == ["back"])


async def test_the_older_chat_hides_as_well(kitchen: Kitchen, people: People) -> None:
    k = kitchen
    await k.block()
    async with talking(k.two.url, await people.chat_token(k.ada_user)) as older:
        joined = await older.answer("join", room_id=k.room_id)
        assert joined["type"] == "joined"
        await k.say(k.bob, "his")
        await k.say(k.cem, "last")
        await older.hear("message", lambda m: m["content"] == "last")
        assert k.bob_user.user_id not in str(older.heard)


async def test_who_does_not_block_hears_everything(kitchen: Kitchen) -> None:
    k = kitchen
    await k.block()
    contents = [f"{n}" for n in range(20)]
    for number, content in enumerate(contents):
        await k.say((k.ada, k.bob, k.cem)[number % 3], content)
    await k.cem.wait_until(lambda: said(k.cem) == contents)
    assert k.cem.payloads("event:hidden") == []
