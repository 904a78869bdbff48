"""One call brings all that has changed since a seq: by pages, from any node, however long ago."""

from typing import Any

import pytest

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.together import op
from tests.nodes import OpenNode, People

_LONG_AGO = "UPDATE stream_events SET at = at - make_interval(days => 30)"


class Fold:
    """A room as somebody knows it who applies events."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.messages = {m["id"]: m["content"] for m in snapshot["chat"]["messages"]}
        self.pinned = {m["id"] for m in snapshot["chat"]["pinned"]}
        self.reactions: set[tuple[str, str, str]] = set()
        self.members = {m["user_id"]: m["role"] for m in snapshot["members"]}

    def apply(self, event: dict[str, Any]) -> None:
        data = event["data"]
        match event["event"]:
            case "message:created" | "message:updated":
                self.messages[data["id"]] = data["content"]
            case "message:deleted":
                self.messages[data["message_id"]] = ""
                self.pinned.discard(data["message_id"])
            case "message:pinned":
                self.pinned.add(data["message_id"])
            case "message:unpinned":
                self.pinned.discard(data["message_id"])
            case "reaction:added":
                self.reactions.add((data["message_id"], data["user_id"], data["emoji"]))
            case "reaction:removed":
                self.reactions.discard((data["message_id"], data["user_id"], data["emoji"]))
            case "member:joined" | "member:updated":
                self.members[data["user_id"]] = data["role"]
            case "member:left":
                self.members.pop(data["user_id"], None)


async def change_everything(ada: HubClient, bob: HubClient, room_id: str, bob_id: str) -> None:
    """Every kind of change there is to messages, pins, reactions and members."""
    said = [(await ada.say(room_id, f"message {n}"))["data"]["id"] for n in range(6)]
    edit = {"message_id": said[0], "content": "edited", "op_id": op()}
    await ada.ok("message:update", edit)
    await ada.ok("message:delete", {"message_id": said[1], "op_id": op()})
    for pinned in (said[2], said[3]):
        await ada.ok("message:pin", {"message_id": pinned, "op_id": op()})
    await ada.ok("message:unpin", {"message_id": said[2], "op_id": op()})
    for emoji in "👍🔥":
        await bob.ok("reaction:add", {"message_id": said[4], "emoji": emoji, "op_id": op()})
    await bob.ok("reaction:remove", {"message_id": said[4], "emoji": "🔥", "op_id": op()})
    await ada.ok("member:update", {"room_id": room_id, "user_id": bob_id, "role": "moderator"})


@pytest.mark.parametrize("is_long_ago", [False, True])
@pytest.mark.parametrize("limit", [1, 4, 200])
async def test_all_changes_are_caught_up_with(
    open_one: OpenNode, people: People, pool: Pool, limit: int, is_long_ago: bool
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    cem_user, cem_token = await people.sign_in("cem")
    async with connected(one.url, ada_token) as ada, connected(one.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        room_id, stream = room["id"], f"room:{room['id']}"
        await bob.ok("room:join", {"room_id": room_id})
        first = await ada.ok("stream:subscribe", {"stream": stream})
        async with connected(two.url, cem_token) as cem:
            await cem.ok("room:join", {"room_id": room_id})
            await change_everything(ada, bob, room_id, bob_user.user_id)
            await cem.ok("room:leave", {"room_id": room_id})
    if is_long_ago:
        await pool.execute(_LONG_AGO)

    fold, since = Fold(first["snapshot"]), {"epoch": first["epoch"], "seq": first["seq"]}
    seqs = []
    async with connected(two.url, ada_token) as ada:
        more = True
        while more:
            page = await ada.ok(
                "stream:subscribe", {"stream": stream, "since": since, "limit": limit}
            )
            assert page["recovered"]
            assert len(page["events"]) <= limit
            for event in page["events"]:
                seqs.append(event["seq"])
                fold.apply(event)
            since, more = {"epoch": page["epoch"], "seq": page["seq"]}, page["more"]
        fresh = (await ada.ok("stream:subscribe", {"stream": stream}))["snapshot"]
    assert seqs == list(range(first["seq"] + 1, seqs[-1] + 1))
    truth = Fold(fresh)
    truth.reactions = {
        (m["id"], user, r["emoji"])
        for m in fresh["chat"]["messages"]
        for r in m["reactions"]
        for user in r["user_ids"]
    }
    assert vars(fold) == vars(truth)
    assert fold.members[bob_user.user_id] == "moderator"
    assert cem_user.user_id not in fold.members
    assert "message 1" not in str(fold.messages)
