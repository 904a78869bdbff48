"""Words that were taken back are nowhere; words that were edited ring no more."""

import uuid
from typing import Any

from storage.backends import Pool
from storage.notifications.notifications import Notifications
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People

SECRET = "zanzibarotop"
DEADLINE_S = 10.0

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""


async def holding(pool: Pool, words: str) -> list[str]:
    """Tables of which any row says these words in whatever column."""
    tables = [row["relname"] for row in await pool.fetch(_TABLES)]
    assert "messages" in tables
    found = []
    for table in tables:
        sql = f'SELECT EXISTS (SELECT FROM "{table}" x WHERE x::text LIKE $1)'  # noqa: S608
        if await pool.fetchval(sql, f"%{words}%"):
            found.append(table)
    return found


async def until_held_by(pool: Pool, tables: list[str]) -> None:
    async def is_held_by_them_alone() -> bool:
        found = await holding(pool, SECRET)
        assert set(tables) <= set(found), found
        return found == tables

    await eventually(is_held_by_them_alone, DEADLINE_S, each_s=0.05)


async def _mention(ada: HubClient, bob: HubClient, bob_user: Any) -> tuple[str, str]:
    room = await ada.ok("room:create", {"name": "Kitchen"})
    await bob.ok("room:join", {"room_id": room["id"]})
    await bob.ok("stream:subscribe", {"stream": f"user:{bob_user.user_id}"})
    said = await ada.say(room["id"], f"@{bob_user.username} {SECRET}")
    return room["id"], said["data"]["id"]


async def test_deleted_words_are_nowhere(open_one: OpenNode, people: People, pool: Pool) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id, message_id = await _mention(ada, bob, bob_user)
        rung = (await bob.wait_for("notification:created"))["data"]["notification"]
        assert SECRET in rung["content"]
        op = {"message_id": message_id, "op_id": str(uuid.uuid4())}
        await ada.ok("message:pin", op)
        edit = op | {"content": f"{SECRET} once more", "op_id": str(uuid.uuid4())}
        await ada.ok("message:update", edit)
        report = {"content_type": "message", "content_id": message_id, "reason": "rude"}
        await bob.ok("report:create", report)
        await ada.ok("message:delete", op | {"op_id": str(uuid.uuid4())})
        await until_held_by(pool, [])
        page = await bob.ok("notification:list")
        mine = [n for n in page["notifications"] if n["message_id"] == message_id]
        assert [n["content"] for n in mine] == [None]
        own = await bob.ok("stream:subscribe", {"stream": f"user:{bob_user.user_id}"})
        since = {"epoch": own["epoch"], "seq": 0}
        log = await bob.ok(
            "stream:subscribe", {"stream": f"user:{bob_user.user_id}", "since": since}
        )
        assert [e["event"] for e in log["events"]] == ["notification:created"]
        found = await bob.ok("message:search", {"room_id": room_id, "q": SECRET})
        assert found["messages"] == []


async def test_who_deletes_at_once_rings_nobody(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id, message_id = await _mention(ada, bob, bob_user)
        await ada.ok("message:delete", {"message_id": message_id, "op_id": str(uuid.uuid4())})
        kept = (await ada.say(room_id, f"@{bob_user.username} this stays"))["data"]["id"]
        rung = await bob.wait_for("notification:created")
        assert rung["data"]["notification"]["message_id"] == kept
        await until_held_by(pool, [])


async def test_edited_words_are_what_the_bell_says(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    """The wordings of a message stay readable in its room; copies of them do not stay."""
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        _, message_id = await _mention(ada, bob, bob_user)
        await bob.wait_for("notification:created")
        edit = {"message_id": message_id, "content": "never mind", "op_id": str(uuid.uuid4())}
        await ada.ok("message:update", edit)
        # As the room's history: the line that told it, and the wording.
        await until_held_by(pool, ["message_edits", "stream_events"])

        async def is_forgotten() -> bool:
            return not await _in_log(pool, bob_user.user_id)

        await eventually(is_forgotten, DEADLINE_S)
        page = await bob.ok("notification:list")
        assert page["notifications"][0]["content"] == "never mind"


async def test_a_notification_taken_away_leaves_no_words(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        await _mention(ada, bob, bob_user)
        rung = (await bob.wait_for("notification:created"))["data"]["notification"]
        assert await _in_log(pool, bob_user.user_id)
        assert await Notifications(pool).delete(bob_user.user_id, rung["id"])
        assert not await Notifications(pool).delete(bob_user.user_id, rung["id"])
        assert not await _in_log(pool, bob_user.user_id)


async def _in_log(pool: Pool, user_id: str) -> bool:
    sql = "SELECT EXISTS (SELECT FROM stream_events WHERE stream_id = $1 AND data::text LIKE $2)"
    found: bool = await pool.fetchval(sql, user_id, f"%{SECRET}%")
    return found
