"""Sweeps: all of them, again and again, whatever one of them meets."""

import asyncio
from pathlib import Path

import pytest

from hub.chores.sweeps import open_sweeps, sweeps
from rooms.chat.records import Attachment
from rooms.errors import NotFound, Unavailable
from rooms.features import FEATURES
from storage.backends import Pool, open_backends
from storage.commit import open_committer
from storage.messages.attachments import Attachments
from storage.objects.objects import FolderSpec
from storage.row_stores import ROW_STORES
from tests.people import fresh_id, new_room, new_user

DEADLINE_S = 5.0

_DELETE = "UPDATE message_attachments SET deleted_at = now() WHERE id = $1"
_FORGET_TO_SEND = """
UPDATE message_attachments SET created_at = now() - interval '30 days' WHERE id = $1
"""


@pytest.mark.parametrize("error", [Unavailable("away"), ValueError("nobody foresaw this")])
async def test_one_that_cannot_work_now_holds_up_no_other_and_is_tried_again(
    error: Exception,
) -> None:
    tries = 0
    second_round = asyncio.Event()

    async def broken() -> int:
        nonlocal tries
        tries += 1
        raise error

    async def working() -> int:
        if tries == 2:
            second_round.set()
        return 1

    async with (
        asyncio.timeout(DEADLINE_S),
        open_sweeps({"broken": broken, "working": working}, every_s=0.001),
    ):
        await second_round.wait()
    assert tries >= 2


async def test_leaving_the_block_ends_a_sweep_in_the_middle() -> None:
    begun = asyncio.Event()

    async def endless() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    async with asyncio.timeout(DEADLINE_S), open_sweeps({"endless": endless}):
        await begun.wait()


async def test_attachments_that_nobody_can_reach_are_gone_with_their_files(
    database_url: str, redis_url: str, tmp_path: Path, pool: Pool
) -> None:
    ada, store = await new_user(pool, "ada"), Attachments(pool)
    async with open_committer(
        database_url, FEATURES, ROW_STORES, lambda _commits: None, "http://hub.example"
    ) as committer:
        room_id = await new_room(committer, ada)
    async with open_backends(
        database_url=database_url, redis_url=redis_url, objects=FolderSpec(tmp_path)
    ) as backends:
        keys = [f"attachments/{fresh_id()}" for _ in range(3)]
        for key in keys:
            for name in ("source", "thumbnail.jpg"):
                await backends.objects.put(f"{key}/{name}", b"picture", "image/jpeg")
            attachment_id = key.partition("/")[2]
            record = Attachment(
                id=attachment_id,
                kind="image",
                filename="a.jpg",
                mime_type="image/jpeg",
                size_bytes=7,
                url=f"/api/v1/chat/attachments/{attachment_id}",
            )
            await store.add(record, room_id=room_id, uploader_id=ada.user_id, storage_key=key)
        gone, old, kept = (key.partition("/")[2] for key in keys)
        await pool.execute(_DELETE, gone)
        await pool.execute(_FORGET_TO_SEND, old)
        sweep = sweeps(backends)["attachments"]
        assert (await sweep(), await sweep()) == (2, 0)
        for key in keys[:2]:
            for name in ("source", "thumbnail.jpg"):
                with pytest.raises(NotFound):
                    await backends.objects.stat(f"{key}/{name}")
        assert (await backends.objects.stat(f"{keys[2]}/source")).size_bytes == 7
        assert await store.find(kept) is not None
