"""Who hears a private track: its owner, and the rooms he plays it to."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from hub.fanout.announcements import Announcements
from rooms.errors import Forbidden, Gone, NotFound
from rooms.feature import Actor
from rooms.features import FEATURES
from rooms.membership.commands import JoinRoom, LeaveRoom
from rooms.queue.commands import AddItems, RemoveItem
from storage.backends import Pool
from storage.commit import Committer, open_committer
from storage.row_stores import ROW_STORES
from storage.tracks.hearing import LATE_MS, Hearing
from tests.people import fresh_id, new_room, new_track, new_user, principal_of


class Party:
    """A public room of Ada's that Bob has joined, and Carol has not."""

    def __init__(self, pool: Pool, committer: Committer) -> None:
        self.pool = pool
        self.committer = committer
        self.hearing = Hearing(pool)
        self.room_id = ""

    async def begin(self) -> None:
        self.ada, self.bob, self.carol = [
            await new_user(self.pool, name) for name in ("ada", "bob", "carol")
        ]
        self.room_id = await new_room(self.committer, self.ada, type="public")
        await self.do("room:join", JoinRoom(room_id=self.room_id), self.bob)

    async def do(self, command: str, payload: Any, actor: Actor) -> Any:
        done = await self.committer.submit(
            command, payload, room_id=self.room_id, actor=actor, op_id=fresh_id()
        )
        return msgspec.json.decode(done.data)

    async def add(self, actor: Actor, track_id: str) -> str:
        add = AddItems(room_id=self.room_id, op_id=fresh_id(), track_ids=(track_id,))
        return str((await self.do("item:add", add, actor))["items"][0]["id"])

    async def hears(self, actor: Actor | None, track_id: str) -> bool:
        principal = None if actor is None else principal_of(actor)
        try:
            found = await self.hearing.find(track_id, principal)
        except Forbidden:
            return False
        return found.id == track_id

    async def waiting(self) -> list[str]:
        state = await self.pool.fetchval(
            "SELECT state::text FROM slices WHERE stream_id = $1 AND feature = 'queue'",
            self.room_id,
        )
        return [item["track_id"] for item in msgspec.json.decode(state).get("items", [])]


@pytest.fixture
async def party(pool: Pool, database_url: str) -> AsyncIterator[Party]:
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as committer:
        made = Party(pool, committer)
        await made.begin()
        yield made


async def test_a_private_track_is_its_owners_alone(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    assert await party.hears(party.ada, track_id)
    assert not await party.hears(party.bob, track_id)
    assert not await party.hears(None, track_id)


async def test_who_queues_his_private_track_plays_it_to_the_room(party: Party, pool: Pool) -> None:
    first = await new_track(pool, party.ada, "Opener")
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    await party.add(party.ada, first)
    item_id = await party.add(party.ada, track_id)
    assert await party.hears(party.bob, track_id)
    assert not await party.hears(party.carol, track_id)
    assert not await party.hears(None, track_id)
    remove = RemoveItem(room_id=party.room_id, op_id=fresh_id(), item_id=item_id)
    await party.do("item:remove", remove, party.ada)
    assert not await party.hears(party.bob, track_id)


async def test_who_leaves_the_room_or_is_banned_hears_it_no_more(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    await party.add(party.ada, track_id)
    assert await party.hears(party.bob, track_id)
    await party.do("room:leave", LeaveRoom(room_id=party.room_id), party.bob)
    assert not await party.hears(party.bob, track_id)
    await party.do("room:join", JoinRoom(room_id=party.room_id), party.bob)
    assert await party.hears(party.bob, track_id)
    await pool.execute(
        "UPDATE room_members SET state = 'banned' WHERE user_id = $1", party.bob.user_id
    )
    assert not await party.hears(party.bob, track_id)


async def test_nobody_else_can_queue_it(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    with pytest.raises(NotFound):
        await party.add(party.bob, track_id)


async def test_the_end_of_a_track_is_heard_by_who_is_late(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    await party.add(party.ada, track_id)
    ended = """
    UPDATE slices SET state = jsonb_build_object('history', jsonb_build_array(
        (state::jsonb -> 'items' -> 0) || jsonb_build_object('ended_at_ms',
            (extract(epoch FROM now()) * 1000 - $1)::bigint)))::json
    WHERE feature = 'queue'
    """
    await pool.execute(ended, LATE_MS // 2)
    assert await party.hears(party.bob, track_id)
    await pool.execute(ended.replace("'items'", "'history'"), LATE_MS * 2)
    assert not await party.hears(party.bob, track_id)


async def test_what_others_queued_goes_when_it_becomes_private(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Single")
    await party.add(party.bob, track_id)
    await pool.execute("UPDATE tracks SET is_public = false WHERE id = $1", track_id)
    assert not await party.hears(party.bob, track_id)
    announcements = Announcements(pool, party.committer)
    await announcements.hide(track_id, party.ada.user_id)
    assert await party.waiting() == []
    await party.add(party.ada, track_id)
    await announcements.hide(track_id, party.ada.user_id)
    assert await party.waiting() == [track_id]
    assert await party.hears(party.bob, track_id)


async def test_a_deleted_track_is_heard_by_nobody(party: Party, pool: Pool) -> None:
    track_id = await new_track(pool, party.ada, "Demo", is_public=False)
    await party.add(party.ada, track_id)
    await pool.execute("UPDATE tracks SET deleted_at = now() WHERE id = $1", track_id)
    for actor in (party.ada, party.bob):
        with pytest.raises(Gone):
            await party.hears(actor, track_id)
    for ref in (fresh_id(), "999999", "nonsense", "1' OR '1"):
        with pytest.raises(NotFound):
            await party.hearing.find(ref, principal_of(party.ada))
