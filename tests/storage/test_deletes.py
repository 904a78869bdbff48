"""What may be deleted with what hangs on it, where no foreign key says so any more."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from rooms.chat.commands import CreateMessage
from rooms.features import FEATURES
from rooms.membership.commands import JoinRoom
from storage.backends import Pool
from storage.commit import Committer, open_committer
from storage.row_stores import ROW_STORES
from tests.people import fresh_id, new_room, new_user


@pytest.fixture
async def committer(database_url: str) -> AsyncIterator[Committer]:
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as opened:
        yield opened


async def test_a_stream_takes_its_events_with_it(pool: Pool, committer: Committer) -> None:
    room_id = await new_room(committer, await new_user(pool, "ada"))
    await pool.execute("DELETE FROM streams WHERE id = $1", room_id)
    left = "SELECT count(*) FROM stream_events WHERE stream_id = $1"
    assert await pool.fetchval(left, room_id) == 0


async def test_who_has_written_and_where_stays(pool: Pool, committer: Committer) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(committer, ada)
    await committer.submit("room:join", JoinRoom(room_id=room_id), room_id=room_id, actor=bob)
    m = CreateMessage(room_id=room_id, client_id=fresh_id(), content="here I am")
    await committer.submit("message:create", m, room_id=room_id, actor=bob, op_id=m.client_id)
    for doomed in ("users", "rooms"):
        doomed_id = bob.user_id if doomed == "users" else room_id
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await pool.execute(f"DELETE FROM {doomed} WHERE id = $1", doomed_id)  # noqa: S608
    assert await pool.fetchval("SELECT count(*) FROM messages WHERE room_id = $1", room_id) == 1


async def test_who_has_written_nothing_goes_with_his_memberships_and_rooms(
    pool: Pool, committer: Committer
) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    room_id = await new_room(committer, ada)
    own_room_id = await new_room(committer, bob)
    await committer.submit("room:join", JoinRoom(room_id=room_id), room_id=room_id, actor=bob)
    await pool.execute("DELETE FROM users WHERE id = $1", bob.user_id)
    members = "SELECT count(*) FROM room_members WHERE room_id = $1"
    assert await pool.fetchval(members, room_id) == 1
    assert await pool.fetchval("SELECT count(*) FROM rooms WHERE id = $1", own_room_id) == 0
