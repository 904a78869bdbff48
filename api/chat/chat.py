"""/api/v1/chat: rooms, messages, reactions, search and direct messages, the same as by socket."""

import re
import uuid
from typing import Any

import msgspec
import uuid_utils
from aiohttp import web
from msgspec import Struct

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.envelope import ok
from api.parts import Api
from api.schemas.chat import (
    ChatStats,
    Cursor,
    DirectMessages,
    Emoji,
    EmojiQuery,
    HistoryMeta,
    HistoryQuery,
    MessageSearchQuery,
    NewMessage,
    NewReport,
    NewRoom,
    ReportNoted,
    RoomQuery,
)
from rooms.access import Principal, refuse_guest
from rooms.chat.commands import CreateMessage
from rooms.chat.reactions import React
from rooms.errors import NotFound
from rooms.feature import Actor
from rooms.ids import UUID_PATTERN
from rooms.membership.commands import CreateRoom
from rooms.times import moment_of
from storage.messages import pages as message_pages
from storage.messages.search import MessageQuery, search_messages
from storage.rooms import rooms
from storage.rooms.membership import find_dm

_STATS = """
SELECT (SELECT count(*) FROM messages WHERE sender_id = $1 AND NOT is_deleted
          AND room_id IN (SELECT room_id FROM room_members WHERE user_id = $1))
"""


async def list_rooms(request: web.Request, api: Api) -> web.Response:
    """Public rooms and the caller's own, newest first."""
    query, principal = read_query(request, RoomQuery), caller(request)
    if principal.room_id is not None:
        only = await rooms.view(api.chat.pool, principal.room_id, principal.user_id)
        return ok([only] if only else [], "Rooms", meta=Cursor(None))
    scopes = {"all": (True, False), "mine": (False,), "public": (True,)}[query.scope]
    found: dict[str, rooms.RoomView] = {}
    for public in scopes:
        page = await rooms.list_rooms(
            api.chat.pool,
            principal.user_id,
            public=public,
            before=query.cursor,
            limit=query.limit + 1,
        )
        found |= {room.id: room for room in page}
    newest = sorted(found.values(), key=lambda room: room.id, reverse=True)
    page = newest[: query.limit]
    return ok(page, "Rooms", meta=Cursor(page[-1].id if len(newest) > query.limit else None))


async def create_room(request: web.Request, api: Api) -> web.Response:
    """Makes a room; the caller owns it."""
    body = await read_json(request, NewRoom)
    command = CreateRoom(
        name=body.name,
        type=body.type,
        description=body.description,
        members=body.members,
        facets=body.facets,
        policy=body.policy,
    )
    made = await submit(request, api, "room:create", command, None)
    return ok(await shown_room(api, made["id"], caller(request)), "Room created", status=201)


async def list_messages(request: web.Request, api: Api) -> web.Response:
    """A stretch of a room's messages, oldest first."""
    room_id = await seen_room(request, api)
    query = read_query(request, HistoryQuery)
    page = await message_pages.history(
        api.chat.pool,
        room_id,
        reader_id=caller(request).user_id,
        before=query.before,
        after=query.after,
        around=query.around,
        thread_id=query.thread_id,
        limit=query.limit,
    )
    return ok(
        page.messages, "Messages", meta=HistoryMeta(page.has_more_before, page.has_more_after)
    )


async def search_room(request: web.Request, api: Api) -> web.Response:
    """Messages of one room that match, newest first."""
    room_id = await seen_room(request, api)
    query = read_query(request, MessageSearchQuery)
    wanted = MessageQuery(
        room_id=room_id,
        words=query.q.strip(),
        sender_id=query.sender_id,
        has=query.has,
        before=moment_of("before", query.before),
        after=moment_of("after", query.after),
        cursor=query.cursor,
        limit=query.limit,
    )
    found = await search_messages(api.chat.pool, caller(request).user_id, wanted)
    return ok(found.messages, "Messages", meta=Cursor(found.next_cursor))


async def add_reaction(request: web.Request, api: Api) -> web.Response:
    """Puts an emoji on a message."""
    body = await read_json(request, Emoji)
    return await _react(request, api, "reaction:add", body.emoji, 201)


async def remove_reaction(request: web.Request, api: Api) -> web.Response:
    """Takes the caller's emoji off a message."""
    query = read_query(request, EmojiQuery)
    return await _react(request, api, "reaction:remove", query.emoji, 200)


async def read_dm(request: web.Request, api: Api) -> web.Response:
    """What the caller and somebody have written to each other."""
    refuse_guest(caller(request), "write direct messages")
    query = read_query(request, HistoryQuery)
    user_id, me = path_id(request, "user_id"), caller(request).user_id
    room_id = await find_dm(api.chat.pool, me, user_id)
    if room_id is None:
        return ok(DirectMessages(room_id=None, messages=[]), "Direct messages")
    page = await message_pages.history(
        api.chat.pool, room_id, reader_id=me, before=query.before, limit=query.limit
    )
    return ok(DirectMessages(room_id=room_id, messages=page.messages), "Direct messages")


async def send_dm(request: web.Request, api: Api) -> web.Response:
    """Writes to somebody; their conversation is made when there is none."""
    refuse_guest(caller(request), "write direct messages")
    body = await read_json(request, NewMessage)
    room_id = await api.chat.people.open_dm(actor_of(request), path_id(request, "user_id"))
    sent = await submit(request, api, "message:create", message_of(body, room_id), room_id)
    return ok(sent, "Message sent", status=201)


async def send_message(request: web.Request, api: Api) -> web.Response:
    """Says something in a room."""
    body = await read_json(request, NewMessage)
    room_id = path_id(request)
    sent = await submit(request, api, "message:create", message_of(body, room_id), room_id)
    return ok(sent, "Message sent", status=201)


async def stats(request: web.Request, api: Api) -> web.Response:
    """The caller's chat in numbers."""
    user_id = caller(request).user_id
    mine = await rooms.list_rooms(api.chat.pool, user_id, public=False, before=None, limit=500)
    answer = ChatStats(
        rooms=len(mine),
        unread=sum(room.my.unread for room in mine if room.my is not None),
        mentions=sum(room.my.mentions for room in mine if room.my is not None),
        messages_sent=await api.chat.pool.fetchval(_STATS, user_id),
    )
    return ok(answer, "Chat statistics")


async def report(request: web.Request, api: Api) -> web.Response:
    """Tells those who keep order of a message, a person or a thing."""
    body = await read_json(request, NewReport)
    report_id = await api.chat.people.note_report(
        caller(request), body.content_type, body.content_id.lower(), body.reason
    )
    return ok(ReportNoted(report_id), "Report noted", status=201)


async def block_user(request: web.Request, api: Api) -> web.Response:
    """Hides the caller and somebody from each other."""
    return ok(await api.chat.people.block(caller(request), path_id(request)), "User blocked")


async def unblock_user(request: web.Request, api: Api) -> web.Response:
    """Takes a block back."""
    return ok(await api.chat.people.unblock(caller(request), path_id(request)), "User unblocked")


async def submit(
    request: web.Request, api: Api, command: str, payload: Struct, room_id: str | None
) -> Any:
    """Runs a room command as the caller; returns the ack's `data`.

    Raises:
        HubError: what the same command raises by socket.
    """
    guest_room = caller(request).room_id
    if guest_room is not None and room_id != guest_room:
        raise NotFound("There is no such room.")
    op_id = getattr(payload, "client_id", None) or getattr(payload, "op_id", None)
    committed = await api.submit(
        command, payload, room_id=room_id, actor=actor_of(request), op_id=op_id
    )
    return msgspec.json.decode(committed.data)


async def shown_room(api: Api, room_id: str, principal: Principal) -> rooms.RoomDetail:
    """A room with its members, as the caller sees it.

    Raises:
        NotFound: it is gone.
    """
    detail = await rooms.detail(api.chat.pool, room_id, principal.user_id)
    if detail is None:
        raise NotFound("There is no such room.")
    return detail


async def seen_room(request: web.Request, api: Api, name: str = "id") -> str:
    """The room of the path, which the caller may see.

    Raises:
        NotFound, Forbidden: there is none for him.
    """
    room_id = path_id(request, name)
    await api.chat.check_room(room_id, caller(request))
    return room_id


def path_id(request: web.Request, name: str = "id") -> str:
    """A UUID of the path in its canonical form.

    Raises:
        NotFound: it is none.
    """
    given = request.match_info[name].lower()
    if re.fullmatch(UUID_PATTERN, given) is None:
        raise NotFound("There is nothing with this id.")
    return given


def actor_of(request: web.Request) -> Actor:
    """Who acts when this request runs a command."""
    p = caller(request)
    return Actor(p.user_id, p.username, p.display_name, is_guest=p.is_guest)


def message_of(body: NewMessage, room_id: str) -> CreateMessage:
    """The command that a body stands for."""
    return CreateMessage(
        room_id=room_id,
        client_id=body.client_id or str(uuid.uuid4()),
        type=body.type,
        content=body.content,
        reply_to_id=body.reply_to_id,
        thread_id=body.thread_id,
        mentions=body.mentions,
        attachment_ids=body.attachment_ids,
        refs=body.refs,
        moment=body.moment,
    )


async def _react(
    request: web.Request, api: Api, command: str, emoji: str, status: int
) -> web.Response:
    room_id = path_id(request)
    react = React(
        message_id=path_id(request, "message_id"), emoji=emoji, op_id=str(uuid_utils.uuid7())
    )
    done = await submit(request, api, command, react, room_id)
    return ok(done, "Reaction noted", status=status)
