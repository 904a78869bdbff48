"""What can be done to messages, as clients of two nodes see it."""

import asyncio
from datetime import UTC, datetime, timedelta

from storage.backends import Pool
from storage.messages.words import MessageWords
from tests.client import connected
from tests.hub.together import op, party
from tests.nodes import OpenNode, People


async def test_edits_deletions_pins_and_reactions_reach_the_other_node_and_the_history(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        said = (await bob.say(room_id, "helo"))["data"]
        edit = {"message_id": said["id"], "op_id": op(), "content": "hello", "if_rev": 0}
        edited = await bob.ok("message:update", edit)
        assert (edited["content"], edited["rev"], edited["is_edited"]) == ("hello", 1, True)
        assert edited["seq"] == said["seq"]
        assert await bob.ok("message:update", edit) == edited
        stale = edit | {"op_id": op(), "content": "no"}
        assert (await bob.error("message:update", stale))["code"] == "REV_MISMATCH"
        mine = {"message_id": said["id"], "op_id": op(), "content": "mine now"}
        assert (await ada.error("message:update", mine))["code"] == "FORBIDDEN"
        assert (await bob.error("message:pin", {"message_id": said["id"], "op_id": op()}))[
            "code"
        ] == "FORBIDDEN"
        await ada.ok("message:pin", {"message_id": said["id"], "op_id": op()})
        for client, emoji in ((ada, "❤️"), (bob, "❤️"), (bob, "👍🏽")):
            await client.ok(
                "reaction:add", {"message_id": said["id"], "emoji": emoji, "op_id": op()}
            )
        await bob.ok("reaction:add", {"message_id": said["id"], "emoji": "❤️", "op_id": op()})
        bad = await ada.error(
            "reaction:add", {"message_id": said["id"], "emoji": "words", "op_id": op()}
        )
        assert bad["fields"][0]["code"] == "BAD_EMOJI"
        last = await ada.wait_for("reaction:added", lambda e: e["data"]["emoji"] == "👍🏽")
        assert last["data"]["user_id"] == bob_id.user_id
        assert len(ada.payloads("reaction:added")) == 3
        assert ada.seqs() == list(range(ada.seqs()[0], last["seq"] + 1))
        page = await ada.ok("message:history", {"room_id": room_id})
        shown = page["messages"][-1]
        assert (shown["content"], shown["is_pinned"]) == ("hello", True)
        hearts, thumbs = shown["reactions"]
        assert (hearts["count"], hearts["user_ids"][0]) == (2, ada_id.user_id)
        assert (thumbs["emoji"], thumbs["user_ids"]) == ("👍🏽", [bob_id.user_id])
        wordings = await ada.ok("message:wordings", {"message_id": said["id"]})
        assert [w["content"] for w in wordings["wordings"]] == ["helo", "hello"]
        pinned = await bob.ok("message:pinned_list", {"room_id": room_id})
        assert [m["id"] for m in pinned["messages"]] == [said["id"]]
        await bob.ok("reaction:remove", {"message_id": said["id"], "emoji": "👍🏽", "op_id": op()})
        await ada.ok("message:unpin", {"message_id": said["id"], "op_id": op()})
        await bob.wait_for("message:unpinned")


async def test_a_deleted_message_leaves_its_place_and_none_of_its_words(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        snapshot = await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        since = {"epoch": snapshot["epoch"], "seq": snapshot["seq"]}
        said = (await bob.say(room_id, "the first secret"))["data"]
        edit = {"message_id": said["id"], "op_id": op(), "content": "the second secret"}
        await bob.ok("message:update", edit)
        await bob.ok("reaction:add", {"message_id": said["id"], "emoji": "👍", "op_id": op()})
        delete = {"message_id": said["id"], "op_id": op(), "reason": "off topic"}
        gone = await ada.ok("message:delete", delete)
        assert gone["message_id"] == said["id"]
        deleted = await bob.wait_for("message:deleted")
        assert deleted["data"] == gone
        applied = await bob.wait_for("moderation:applied")
        assert (applied["data"]["action"], applied["data"]["reason"]) == ("delete", "off topic")
        page = await ada.ok("message:history", {"room_id": room_id})
        assert (page["messages"][-1]["content"], page["messages"][-1]["is_deleted"]) == ("", True)
        missed = await ada.ok(
            "stream:subscribe", {"stream": f"room:{room_id}", "since": since, "limit": 200}
        )
        names = [event["event"] for event in missed["events"]]
        assert names == [
            "message:created",
            "message:updated",
            "reaction:added",
            "moderation:applied",
            "message:deleted",
        ]
        assert "secret" not in str(missed)
        again = {"message_id": said["id"], "op_id": op(), "content": "back"}
        assert (await bob.error("message:update", again))["code"] == "GONE"
        held = "SELECT count(*) FROM stream_events WHERE data::text LIKE '%secret%'"
        assert await pool.fetchval(held) == 0
        held = "SELECT count(*) FROM operations WHERE data::text LIKE '%secret%'"
        assert await pool.fetchval(held) == 0


async def test_mentions_threads_and_unread_counts_agree_on_all_devices(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(one.url, bob_token) as phone,
    ):
        room_id = await party(ada, bob)
        await phone.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})
        root = (await ada.say(room_id, f"hi @{bob_id.username}, and @nobody-here"))["data"]
        assert root["mentions"] == [bob_id.user_id]
        called = (await ada.say(room_id, "come in, @room"))["data"]
        assert called["mentions_room"] is True
        not_his = (await bob.say(room_id, "@room hear me"))["data"]
        assert not_his["mentions_room"] is False
        reply = {
            "room_id": room_id,
            "client_id": op(),
            "content": "in the thread",
            "thread_id": root["id"],
        }
        first = await ada.ok("message:create", reply)
        second = await ada.ok(
            "message:create", reply | {"client_id": op(), "thread_id": first["id"]}
        )
        assert second["thread_id"] == root["id"]
        thread = await bob.ok("message:history", {"room_id": room_id, "thread_id": root["id"]})
        assert [m["id"] for m in thread["messages"]] == [first["id"], second["id"]]
        page = await bob.ok("message:history", {"room_id": room_id})
        assert page["messages"][0]["replies"] == 2
        mine = (await bob.ok("room:get", {"room_id": room_id}))["my"]
        assert (mine["unread"], mine["mentions"]) == (4, 2)
        mark = await bob.ok("read:mark", {"room_id": room_id, "seq": root["seq"]})
        assert (mark["unread"], mark["mentions"]) == (3, 1)
        await phone.wait_for("unread:updated", lambda told: told["data"] == mark)
        assert (await phone.ok("room:get", {"room_id": room_id}))["my"]["unread"] == 3
        back = await phone.ok("read:mark", {"room_id": room_id, "seq": 1})
        assert back == mark
        receipts = await ada.ok("message:receipts", {"message_id": root["id"]})
        assert receipts["status"] == "read"
        assert [r["user_id"] for r in receipts["read_by"]] == [bob_id.user_id]
        receipts = await ada.ok("message:receipts", {"message_id": called["id"]})
        assert receipts["status"] == "sent"
        await bob.ok("stream:ack", {"stream": f"room:{room_id}", "seq": called["seq"]})
        receipts = await ada.ok("message:receipts", {"message_id": called["id"]})
        assert receipts["status"] == "delivered"


async def test_search_finds_words_people_and_kinds_before_and_after_they_are_indexed(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (ada_id, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await party(ada, bob)
        private = await bob.ok("room:create", {"name": "Cellar", "type": "private"})
        await bob.say(private["id"], "a blue secret")
        for n in range(5):
            await ada.say(room_id, f"blue note {n}")
        await bob.say(room_id, "see https://example.org for blue notes")
        for is_indexed in (False, True):
            if is_indexed:
                while await MessageWords(pool).fill():
                    pass
            everywhere = await ada.ok("message:search", {"q": "blue"})
            assert len(everywhere["messages"]) == 6
            assert len((await bob.ok("message:search", {"q": "blue"}))["messages"]) == 7
            here = {"room_id": room_id, "q": "blue -note"}
            assert len((await ada.ok("message:search", here))["messages"]) == 1
            hers = {"room_id": room_id, "q": "blue", "from": ada_id.user_id}
            assert len((await ada.ok("message:search", hers))["messages"]) == 5
            day = datetime.now(UTC).date()
            for since, count in ((day - timedelta(days=1), 6), (day + timedelta(days=2), 0)):
                said = await ada.ok("message:search", {"q": "blúe", "after": since.isoformat()})
                assert len(said["messages"]) == count
            wrong = await ada.error("message:search", {"q": "blue", "before": "last week"})
            assert wrong["fields"][0]["field"] == "before"
            links = await ada.ok("message:search", {"has": "link"})
            assert [m["content"][:3] for m in links["messages"]] == ["see"]
            first = await ada.ok("message:search", {"q": "note", "limit": 2})
            assert [m["content"] for m in first["messages"]] == ["blue note 4", "blue note 3"]
            rest = {"q": "note", "limit": 50, "cursor": first["next_cursor"]}
            found = await ada.ok("message:search", rest)
            assert [m["content"] for m in found["messages"]] == [
                f"blue note {n}" for n in (2, 1, 0)
            ]
        for q in ("%%%", "'", "a & | !", "x" * 200, "()"):
            await ada.ok("message:search", {"q": q})
        assert (await ada.ok("message:search", {"limit": 1}))["messages"][0]["seq"] > 0
        hidden = await ada.error("message:search", {"room_id": private["id"], "q": "blue"})
        assert hidden["code"] == "NOT_FOUND"


async def test_many_edits_of_one_message_at_once_are_one_after_the_other(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    async with connected(one.url, token) as ada, connected(two.url, token) as phone:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        said = (await ada.say(room["id"], "0"))["data"]
        edits = [
            client.ok(
                "message:update", {"message_id": said["id"], "op_id": op(), "content": f"{n}"}
            )
            for n, client in enumerate([ada, phone] * 10, start=1)
        ]
        revs = sorted(edited["rev"] for edited in await asyncio.gather(*edits))
        assert revs == list(range(1, 21))
        wordings = await ada.ok("message:wordings", {"message_id": said["id"]})
        assert len(wordings["wordings"]) == 21
