"""A real backup, restored: whoever knows more than it holds reads everything anew."""

import uuid
from pathlib import Path

from storage.backends import Pool
from storage.restored import renew_epochs
from tests.client import connected
from tests.nodes import OpenNode, People
from tests.serving import serving
from tests.storage.test_restored import another_database, tool


async def test_who_saw_what_the_backup_lacks_reads_anew(
    people: People, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Also once the restored log has grown past the seq that he knows: other words stand there."""
    _, token = await people.sign_in("ada")
    dump = str(tmp_path / "dump")
    async with (
        serving(database_url, redis_url, tmp_path / "one") as node,
        connected(node.url, token) as ada,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stream = f"room:{room['id']}"
        answer = await ada.ok("stream:subscribe", {"stream": stream})
        await ada.say(room["id"], "kept")
        tool("pg_dump", "--format=custom", f"--file={dump}", database_url)
        lost_client_id = str(uuid.uuid4())
        lost = await ada.say(room["id"], "lost", lost_client_id)
        await ada.wait_for_seq(lost["seq"])
    since = {"epoch": answer["epoch"], "seq": lost["seq"]}

    async with another_database(database_url) as elsewhere:
        tool("pg_restore", f"--dbname={elsewhere}", dump)
        async with (
            serving(elsewhere, redis_url, tmp_path / "two") as again,
            connected(again.url, token) as ada,
        ):
            assert (await ada.say(room["id"], "other words"))["seq"] == lost["seq"]
            page = await ada.ok("stream:subscribe", {"stream": stream, "since": since})
            assert not page["recovered"]
            assert page["epoch"] != since["epoch"]
            contents = [m["content"] for m in page["snapshot"]["chat"]["messages"]]
            assert contents == ["kept", "other words"]
            # What was acknowledged before the restore is sent again by its author, and is new.
            again_said = await ada.say(room["id"], "lost", lost_client_id)
            assert again_said["seq"] == lost["seq"] + 1
            tail = {"epoch": page["epoch"], "seq": page["seq"]}
            caught = await ada.ok("stream:subscribe", {"stream": stream, "since": tail})
            assert caught["recovered"]
            assert [e["data"]["content"] for e in caught["events"]] == ["lost"]


async def test_nodes_that_run_send_their_clients_to_read_anew(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    """A server rolled back in place, and an operator who says so (`veza restored`)."""
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stream = f"room:{room['id']}"
        answer = await ada.ok("stream:subscribe", {"stream": stream})
        said = await ada.say(room["id"], "hello")
        await renew_epochs(pool)
        await ada.ended()
    async with connected(node.url, token) as ada:
        since = {"epoch": answer["epoch"], "seq": said["seq"]}
        page = await ada.ok("stream:subscribe", {"stream": stream, "since": since})
        assert not page["recovered"]
        assert (await ada.say(room["id"], "on"))["seq"] == said["seq"] + 1
