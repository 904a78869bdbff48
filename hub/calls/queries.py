"""Calls that only read: rooms, members, messages, queue, notifications of a connection."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hub.access import check_room, if_seen
from hub.calls.call import Answer, Call, Shape
from hub.calls.chat import CHAT_CALLS, ChatCalls
from hub.door.sessions import Session
from hub.streams.snapshots import Snapshots
from rooms.errors import Conflict
from rooms.feature import Feature, Limit
from rooms.ids import Uuid
from rooms.membership.records import MemberRecord
from rooms.queue.view import QueueView
from storage.backends import Pool
from storage.messages import pages as message_pages
from storage.rooms import rooms
from storage.rooms.replay import MAX_REPLAYED, Replay, Replays

_READS = Limit(60, 10)

PageSize = Annotated[int, Meta(ge=1, le=100)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class GetRoom(Struct, frozen=True):
    """One room."""

    room_id: Uuid


class ListRooms(Struct, frozen=True, kw_only=True):
    """The caller's rooms, or the public ones; newest first."""

    scope: Literal["mine", "public"] = "mine"
    limit: PageSize = 50
    cursor: Uuid | None = None


class ListMembers(Struct, frozen=True, kw_only=True):
    """Members of a room."""

    room_id: Uuid
    limit: PageSize = 100
    cursor: Uuid | None = None


class MessageHistory(Struct, frozen=True, kw_only=True):
    """A stretch of messages: before, after or around a seq, or between two; else the newest."""

    room_id: Uuid
    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    thread_id: Uuid | None = None
    limit: PageSize = 50


class ReplaySession(Struct, frozen=True, kw_only=True):
    """What sounded in a room and what was said to it, from its log, oldest first."""

    room_id: Uuid
    after: Seq = 0
    """`next_after` of the page before; 0 begins at the beginning."""
    limit: Annotated[int, Meta(ge=1, le=MAX_REPLAYED)] = MAX_REPLAYED


class RoomPage(Struct, frozen=True):
    """Rooms, and the cursor of the next page (null: that was the last)."""

    rooms: list[rooms.RoomView]
    next_cursor: str | None


class MemberPage(Struct, frozen=True):
    """Members, and the cursor of the next page."""

    members: list[MemberRecord]
    next_cursor: str | None


QUERIES: Mapping[str, Shape] = {
    "room:get": Shape(GetRoom, _READS, rooms.RoomDetail),
    "room:list": Shape(ListRooms, _READS, RoomPage),
    "member:list": Shape(ListMembers, _READS, MemberPage),
    "message:history": Shape(MessageHistory, _READS, message_pages.Page),
    "queue:get": Shape(GetRoom, _READS, QueueView),
    "session:replay": Shape(ReplaySession, _READS, Replay),
    **CHAT_CALLS,
}


class Queries:
    """The handlers of these calls."""

    def __init__(self, pool: Pool, features: tuple[Feature, ...], snapshots: Snapshots) -> None:
        self._pool = pool
        self._features = features
        self._snapshots = snapshots
        self._replays = Replays(pool)

    def calls(self) -> Mapping[str, Call]:
        """Every call by wire name, with its schema and limit."""
        handlers: dict[str, Answer] = {
            "room:get": self._get_room,
            "room:list": self._list_rooms,
            "member:list": self._list_members,
            "message:history": self._history,
            "queue:get": self._get_queue,
            "session:replay": self._replay,
        }
        own = {name: Call(QUERIES[name], answer) for name, answer in handlers.items()}
        return own | dict(ChatCalls(self._pool, self._features).calls())

    async def _get_room(self, session: Session, query: GetRoom) -> rooms.RoomDetail | None:
        room_id = query.room_id.lower()
        await check_room(self._pool, room_id, session.principal)
        return await rooms.detail(self._pool, room_id, session.principal.user_id)

    async def _list_rooms(self, session: Session, query: ListRooms) -> RoomPage:
        principal = session.principal
        if principal.room_id is not None:
            only = await rooms.view(self._pool, principal.room_id, principal.user_id)
            mine = [only] if only is not None and query.scope == "mine" else []
            return RoomPage(mine, None)
        found = await rooms.list_rooms(
            self._pool,
            principal.user_id,
            public=query.scope == "public",
            before=query.cursor,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        more = len(found) > query.limit
        return RoomPage(page, page[-1].id if more else None)

    async def _list_members(self, session: Session, query: ListMembers) -> MemberPage:
        room_id = query.room_id.lower()
        await check_room(self._pool, room_id, session.principal)
        found = await rooms.list_members(
            self._pool, room_id, after=query.cursor, limit=query.limit + 1
        )
        page = found[: query.limit]
        more = len(found) > query.limit
        return MemberPage(page, page[-1].user_id if more else None)

    async def _history(self, session: Session, query: MessageHistory) -> message_pages.Page:
        room_id = query.room_id.lower()
        page = message_pages.history(
            self._pool,
            room_id,
            reader_id=session.principal.user_id,
            before=query.before,
            after=query.after,
            around=query.around,
            thread_id=query.thread_id,
            limit=query.limit,
        )
        return await if_seen(self._pool, room_id, session.principal, page)

    async def _replay(self, session: Session, query: ReplaySession) -> Replay:
        room_id = query.room_id.lower()
        await check_room(self._pool, room_id, session.principal)
        return await self._replays.page(room_id, query.after, query.limit, session.principal)

    async def _get_queue(self, session: Session, query: GetRoom) -> Any:
        room_id = query.room_id.lower()
        await check_room(self._pool, room_id, session.principal)
        room = await rooms.view(self._pool, room_id, session.principal.user_id)
        if room is None or "queue" not in room.facets:
            raise Conflict("This room has no queue.")
        slices = await rooms.slices(self._pool, room_id, self._features)
        return self._snapshots.views(slices, room)["queue"]
