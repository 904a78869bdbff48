"""A hole is filled from the log, whatever happens while the log is being read."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from hub.fanout.fanout import Fanout
from rooms.chat.commands import CreateMessage
from rooms.feature import Actor
from rooms.features import FEATURES
from storage.backends import Pool
from storage.bus import Durable
from storage.commit import Committer, open_committer
from storage.log import CATCH_UP_LIMIT, Log, LogEvent
from storage.row_stores import ROW_STORES
from tests.hub.ears import session_of
from tests.people import fresh_id, new_room, new_user


class BusyLog(Log):
    """A log; while it is read, `meanwhile` happens."""

    meanwhile: Callable[[], Awaitable[object]]

    async def read(
        self, stream: str, epoch: str, after: int, until: int, limit: int = CATCH_UP_LIMIT
    ) -> list[LogEvent]:
        events = await super().read(stream, epoch, after, until, limit)
        await self.meanwhile()
        return events


@pytest.fixture
async def committer(database_url: str) -> AsyncIterator[Committer]:
    """Nobody is told of what it commits: whoever follows has a hole."""
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as opened:
        yield opened


async def say(committer: Committer, room_id: str, who: Actor) -> int:
    said = CreateMessage(room_id=room_id, client_id=fresh_id(), content="still here?")
    committed = await committer.submit(
        "message:create", said, room_id=room_id, actor=who, op_id=said.client_id
    )
    assert committed.seq is not None
    return committed.seq


async def test_the_last_follower_may_leave_while_a_hole_is_filled(
    pool: Pool, committer: Committer
) -> None:
    log = BusyLog(pool)
    fanout = Fanout(log)
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    stream = f"room:{room_id}"
    session, ear = session_of(ada, fresh_id(), fanout.delivery)
    await fanout.join(session, stream)
    fanout.go_live(session, stream, fanout.reached(stream))
    seq = await say(committer, room_id, ada)

    log.meanwhile = lambda: fanout.leave(session, stream)
    assert not await fanout.reach(stream, seq)

    assert fanout.streams() == []
    fanout.delivery.flush()
    assert ear.writes == []


async def test_what_the_bus_brings_while_a_hole_is_filled_is_told_once(
    pool: Pool, committer: Committer
) -> None:
    log = BusyLog(pool)
    fanout = Fanout(log)
    ada = await new_user(pool, "ada")
    room_id = await new_room(committer, ada)
    stream = f"room:{room_id}"
    session, ear = session_of(ada, fresh_id(), fanout.delivery)
    await fanout.join(session, stream)
    known = fanout.reached(stream)
    fanout.go_live(session, stream, known)
    seqs = [await say(committer, room_id, ada) for _ in range(3)]
    head = await log.head(room_id)
    assert head is not None
    first = await Log(pool).read(stream, head.epoch, known, seqs[0])

    async def the_bus_is_late() -> None:
        fanout.hear(Durable(stream, head.epoch, first))

    log.meanwhile = the_bus_is_late
    assert await fanout.reach(stream, seqs[-1])

    fanout.delivery.flush()
    assert b"".join(ear.writes).count(b'42["message:created"') == len(seqs)
