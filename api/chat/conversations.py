"""/api/v1/conversations: a conversation is a room, its participants are members (C30)."""

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.chat.chat import create_room, list_messages, path_id, seen_room, shown_room, submit
from api.envelope import ok
from api.parts import Api
from api.schemas.chat import (
    Cursor,
    Joined,
    MemberQuery,
    MemberRole,
    NewInvite,
    NewMember,
    RoomChanges,
    RoomQuery,
)
from rooms.errors import NotFound
from rooms.membership.commands import (
    AcceptInvite,
    CreateInvite,
    DeleteRoom,
    LeaveRoom,
    UpdateRoom,
)
from rooms.moderation.commands import AddMember, RemoveMember, UpdateMember
from storage.rooms import rooms

__all__ = ["create_room", "list_messages"]


async def list_conversations(request: web.Request, api: Api) -> web.Response:
    """The caller's conversations, newest first."""
    query, principal = read_query(request, RoomQuery), caller(request)
    found = await rooms.list_rooms(
        api.chat.pool,
        principal.user_id,
        public=False,
        before=query.cursor,
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    return ok(page, "Conversations", meta=Cursor(page[-1].id if len(found) > query.limit else None))


async def get_conversation(request: web.Request, api: Api) -> web.Response:
    """One conversation with its first members."""
    room_id = await seen_room(request, api)
    return ok(await shown_room(api, room_id, caller(request)), "Conversation")


async def update_conversation(request: web.Request, api: Api) -> web.Response:
    """Changes a conversation; its owner and admins may, its type the owner alone."""
    body, room_id = await read_json(request, RoomChanges), path_id(request)
    command = UpdateRoom(
        room_id=room_id,
        name=body.name,
        type=body.type,
        description=body.description,
        facets=body.facets,
        policy=body.policy,
    )
    await submit(request, api, "room:update", command, room_id)
    return ok(await shown_room(api, room_id, caller(request)), "Conversation updated")


async def delete_conversation(request: web.Request, api: Api) -> web.Response:
    """Closes a conversation; its owner may."""
    room_id = path_id(request)
    gone = await submit(request, api, "room:delete", DeleteRoom(room_id=room_id), room_id)
    return ok(gone, "Conversation deleted")


async def leave(request: web.Request, api: Api) -> web.Response:
    """Leaves a conversation."""
    room_id = path_id(request)
    left = await submit(request, api, "room:leave", LeaveRoom(room_id=room_id), room_id)
    return ok(left, "You have left the conversation")


async def list_members(request: web.Request, api: Api) -> web.Response:
    """Members of a conversation."""
    room_id, query = await seen_room(request, api), read_query(request, MemberQuery)
    found = await rooms.list_members(
        api.chat.pool, room_id, after=query.cursor, limit=query.limit + 1
    )
    page = found[: query.limit]
    more = len(found) > query.limit
    return ok(page, "Members", meta=Cursor(page[-1].user_id if more else None))


async def add_member(request: web.Request, api: Api) -> web.Response:
    """Brings somebody in; moderators may."""
    body, room_id = await read_json(request, NewMember), path_id(request)
    command = AddMember(room_id=room_id, user_id=body.user_id, role=body.role)
    return ok(
        await submit(request, api, "member:add", command, room_id), "Member added", status=201
    )


async def remove_member(request: web.Request, api: Api) -> web.Response:
    """Puts a member out; moderators may."""
    room_id = path_id(request)
    command = RemoveMember(room_id=room_id, user_id=path_id(request, "user_id"))
    return ok(await submit(request, api, "member:remove", command, room_id), "Member removed")


async def change_role(request: web.Request, api: Api) -> web.Response:
    """Gives a member another role; admins may."""
    body, room_id = await read_json(request, MemberRole), path_id(request)
    command = UpdateMember(room_id=room_id, user_id=path_id(request, "user_id"), role=body.role)
    return ok(await submit(request, api, "member:update", command, room_id), "Role changed")


async def create_invitation(request: web.Request, api: Api) -> web.Response:
    """Invites one person, or makes a link for many."""
    body, room_id = await read_json(request, NewInvite), path_id(request)
    command = CreateInvite(
        room_id=room_id,
        invitee_id=body.invitee_id,
        expires_in_s=body.expires_in_s,
        max_uses=body.max_uses,
    )
    made = await submit(request, api, "invite:create", command, room_id)
    return ok(made, "Invitation created", status=201)


async def join(request: web.Request, api: Api) -> web.Response:
    """Joins by an invitation."""
    token = path_id(request, "token")
    room_id = await api.room_of_invitation(token)
    if room_id is None:
        raise NotFound("This invitation does not exist.")
    joined = await submit(request, api, "invite:accept", AcceptInvite(token=token), room_id)
    return ok(Joined(id=joined["id"], name=joined["name"]), "You have joined the conversation")
