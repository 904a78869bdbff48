"""Calls that read chat: search, pins, earlier wordings, receipts, settings."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from hub.access import check_room, if_seen
from hub.calls.call import Answer, Call, Shape
from hub.door.sessions import Session
from rooms.chat.edits import MAX_PINS
from rooms.chat.records import MessageView
from rooms.chat.state import ChatSettings, ChatState
from rooms.errors import NotFound
from rooms.feature import Feature, Limit
from rooms.ids import Uuid
from rooms.room import ROLE_RANK
from rooms.times import When, moment_of
from storage.backends import Pool
from storage.messages import pages as message_pages
from storage.messages import search as message_search
from storage.messages import watermarks
from storage.messages.search import Found, Has, MessageQuery
from storage.rooms import rooms

_READS = Limit(60, 10)
_SEARCHES = Limit(20, 10)


class SearchMessages(Struct, frozen=True, kw_only=True):
    """Messages that match, newest first; without a room in all rooms of the caller.

    Without anything to look for the newest ones.
    """

    room_id: Uuid | None = None
    q: Annotated[str, Meta(max_length=200)] = ""
    """Words as in a web search: "two words", -not, or."""
    sender_id: Uuid | None = field(default=None, name="from")
    """Only messages of this person."""
    has: Has | None = None
    before: When | None = None
    """Said before this time or day, ISO 8601."""
    after: When | None = None
    cursor: Uuid | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class OfRoom(Struct, frozen=True):
    """A room's chat settings."""

    room_id: Uuid


class OfMessage(Struct, frozen=True):
    """One message, its earlier wordings, or who has received and read it."""

    message_id: Uuid


class ListPinned(Struct, frozen=True):
    """The pinned messages of a room; a page ends by its bytes, and `skip` begins the next."""

    room_id: Uuid
    skip: Annotated[int, Meta(ge=0, le=MAX_PINS)] = 0


class Wordings(Struct, frozen=True):
    """How an edited message read, oldest first."""

    wordings: list[message_pages.Wording]


CHAT_CALLS: Mapping[str, Shape] = {
    "message:search": Shape(SearchMessages, _SEARCHES, Found),
    "message:get": Shape(OfMessage, _READS, MessageView),
    "message:pinned_list": Shape(ListPinned, _READS, message_pages.Pins),
    "message:wordings": Shape(OfMessage, _READS, Wordings),
    "message:receipts": Shape(OfMessage, _READS, watermarks.Receipts),
    "chat:get": Shape(OfRoom, _READS, ChatSettings),
}


class ChatCalls:
    """The handlers of these calls."""

    def __init__(self, pool: Pool, features: tuple[Feature, ...]) -> None:
        self._pool = pool
        self._features = features

    def calls(self) -> Mapping[str, Call]:
        """Every call by wire name, with its schema and limit."""
        handlers: dict[str, Answer] = {
            "message:search": self._search,
            "message:get": self._get,
            "message:pinned_list": self._pinned,
            "message:wordings": self._wordings,
            "message:receipts": self._receipts,
            "chat:get": self._settings,
        }
        return {name: Call(shape, handlers[name]) for name, shape in CHAT_CALLS.items()}

    async def _search(self, session: Session, query: SearchMessages) -> Found:
        principal = session.principal
        room_id = query.room_id.lower() if query.room_id else principal.room_id
        wanted = MessageQuery(
            room_id=room_id,
            words=query.q.strip(),
            sender_id=query.sender_id.lower() if query.sender_id else None,
            has=query.has,
            before=moment_of("before", query.before),
            after=moment_of("after", query.after),
            cursor=query.cursor,
            limit=query.limit,
        )
        search = message_search.search_messages(self._pool, principal.user_id, wanted)
        if room_id is None:
            return await search
        return await if_seen(self._pool, room_id, principal, search)

    async def _get(self, session: Session, query: OfMessage) -> MessageView:
        return await self._message(session, query)

    async def _pinned(self, session: Session, query: ListPinned) -> message_pages.Pins:
        room_id, user_id = query.room_id.lower(), session.principal.user_id
        await check_room(self._pool, room_id, session.principal)
        return await message_pages.pinned(self._pool, room_id, user_id, query.skip)

    async def _wordings(self, session: Session, query: OfMessage) -> Wordings:
        message = await self._message(session, query)
        return Wordings(await message_pages.wordings(self._pool, message.id))

    async def _receipts(self, session: Session, query: OfMessage) -> watermarks.Receipts:
        message = await self._message(session, query)
        room = await rooms.view(self._pool, message.room_id, session.principal.user_id)
        others = room.member_count - 1 if room is not None else 0
        found = await watermarks.receipts(self._pool, message.id, others)
        hidden = session.hidden
        return (
            found
            if not hidden
            else replace(
                found,
                read_by=[one for one in found.read_by if one.user_id not in hidden],
                delivered_to=[one for one in found.delivered_to if one.user_id not in hidden],
            )
        )

    async def _settings(self, session: Session, query: OfRoom) -> ChatSettings:
        room_id = query.room_id.lower()
        entry = await check_room(self._pool, room_id, session.principal)
        state: ChatState = (await rooms.slices(self._pool, room_id, self._features))["chat"]
        keeps_order = entry.state == "joined" and ROLE_RANK[entry.role or "guest"] >= 2
        return ChatSettings(slow_mode_s=state.slow_mode_s, rules=state.rules if keeps_order else ())

    async def _message(self, session: Session, query: OfMessage) -> MessageView:
        found = await message_pages.find_message(
            self._pool, query.message_id.lower(), session.principal.user_id
        )
        if found is None:
            raise NotFound("There is no such message.")
        await check_room(self._pool, found.room_id, session.principal)
        return found
