"""What a newcomer to a room starts from: everything at one seq, and who is there right now."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw, Struct

from hub.calls.typing import Typing
from hub.presence import Presence
from hub.streams.shared_rooms import SharedRoom, SharedRooms, encode_room, view_features
from rooms.errors import HubError, NotFound
from rooms.feature import Feature
from rooms.ids import SYSTEM_USER_ID
from rooms.membership.records import RoomRecord
from storage.backends import Pool
from storage.batched import Batched
from storage.commit.rows import Connection
from storage.postgres import answering
from storage.rooms import rooms
from storage.rooms.entrances import Entrance, entrances, marks_of


class RoomSnapshot(Struct, frozen=True):
    """A snapshot and its place in the log."""

    epoch: str
    seq: int
    body: Raw


class Arrived(Struct, frozen=True):
    """Somebody at a room, and what he would see in it."""

    entrance: Entrance
    shared: SharedRoom | None
    """None when he asked for no snapshot."""
    marks: Raw


class _Asked(Struct, frozen=True):
    room_id: str
    user_id: str
    snapshot: bool


_NO_MARKS = Raw(b"[]")


class Snapshots:
    """Answers those who enter rooms. Its owner runs `run`.

    Those who come in one moment are one query. What all see alike is read once for each `rev` of
    the room's stream, in a single view of the database, so nothing is torn; and as each is asked
    about after he came, nothing he is shown is older than that.
    """

    def __init__(
        self, pool: Pool, features: Sequence[Feature], presence: Presence, typing: Typing
    ) -> None:
        self._pool = pool
        self._features = features
        self._presence = presence
        self._typing = typing
        self._rooms = SharedRooms(features)
        self._batched: Batched[_Asked, Arrived] = Batched(self._answer)

    async def run(self) -> None:
        """Answers for ever."""
        await self._batched.run()

    async def arrive(self, room_id: str, user_id: str, *, snapshot: bool) -> Arrived:
        """How things stand between a user and a room at a moment after this call.

        Raises:
            NotFound: there is no such room.
            Unavailable: PostgreSQL does not answer.
        """
        answer: asyncio.Future[Arrived] = asyncio.get_running_loop().create_future()
        self._batched.ask(_Asked(room_id, user_id, snapshot), partial(_settle, answer))
        return await answer

    async def of_room(
        self, room_id: str, user_id: str, arrived: Arrived, hidden: frozenset[str] = frozenset()
    ) -> RoomSnapshot:
        """The room as this user may see it; nobody of `hidden` is seen to be there.

        Raises:
            NotFound: the room has just been deleted.
        """
        shared, entrance = arrived.shared, arrived.entrance
        assert shared is not None
        mine, marks = entrance.mine, arrived.marks
        if not (shared.for_all and entrance.sees_all):
            own = await rooms.snapshot(self._pool, room_id, user_id, self._features)
            if own is None:
                raise NotFound("There is no such room.")
            shared = encode_room(own, entrance.rev, self._features)
            seen = [mark for mark in own.marks if mark.user_id not in hidden]
            mine, marks = own.room.my, Raw(msgspec.json.encode(seen))
        body: dict[str, Any] = {
            "room": shared.room_of(mine),
            "members": shared.members,
            "chat": {
                "messages": shared.messages,
                "has_more_before": shared.has_more_before,
                "pinned": shared.pinned,
                "has_more_pinned": shared.has_more_pinned,
                "slow_mode_s": shared.slow_mode_s,
                "marks": marks,
            },
            "presence": await self._presence.room_view(room_id, user_id, hidden),
            "typing": [user for user in self._typing.users(room_id) if user not in hidden],
            **shared.views,
        }
        return RoomSnapshot(shared.epoch, shared.seq, Raw(msgspec.json.encode(body)))

    def views(self, slices: dict[str, Any], room: RoomRecord) -> dict[str, Any]:
        """Each feature's view of its state, for the facets the room has."""
        return view_features(self._features, slices, room)

    async def _answer(self, asked: Sequence[_Asked]) -> list[Arrived | HubError]:
        with answering():
            async with self._pool.acquire() as connection:
                found = await entrances(connection, [(one.room_id, one.user_id) for one in asked])
                shown = {one.room_id for one in asked if one.snapshot}
                marks = await marks_of(connection, list(shown)) if shown else {}
            stale = {
                one.room_id
                for one, entrance in zip(asked, found, strict=True)
                if one.snapshot
                and entrance is not None
                and self._rooms.get(one.room_id, entrance.rev) is None
            }
            answers: dict[_Asked, Arrived] = {}
            for one, entrance in zip(asked, found, strict=True):
                if entrance is not None and one.room_id not in stale:
                    shared = self._rooms.get(one.room_id, entrance.rev) if one.snapshot else None
                    answers[one] = Arrived(entrance, shared, marks.get(one.room_id, _NO_MARKS))
            anew = await asyncio.gather(
                *(self._read(room, [one for one in asked if one.room_id == room]) for room in stale)
            )
        for some in anew:
            answers.update(some)
        return [answers.get(one) or NotFound("There is no such room.") for one in asked]

    async def _read(self, room_id: str, asked: Sequence[_Asked]) -> dict[_Asked, Arrived]:
        """Those who enter one room that has changed, and the room, in one view of the database."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            found = await entrances(connection, [(room_id, one.user_id) for one in asked])
            rev = next((entrance.rev for entrance in found if entrance is not None), None)
            shared = None
            if rev is not None:
                shared = self._rooms.get(room_id, rev) or await self._make(connection, room_id, rev)
            marks = await marks_of(connection, [room_id])
        if shared is None:
            return {}
        return {
            one: Arrived(entrance, shared, marks.get(room_id, _NO_MARKS))
            for one, entrance in zip(asked, found, strict=True)
            if entrance is not None
        }

    async def _make(self, connection: Connection, room_id: str, rev: int) -> SharedRoom | None:
        snapshot = await rooms.read_snapshot(connection, room_id, SYSTEM_USER_ID, self._features)
        return self._rooms.keep(snapshot, rev) if snapshot is not None else None


def _settle(answer: "asyncio.Future[Arrived]", arrived: Arrived | HubError) -> None:
    if answer.done():  # whoever asked has gone
        return
    if isinstance(arrived, HubError):
        answer.set_exception(arrived)
    else:
        answer.set_result(arrived)
