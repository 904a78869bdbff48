"""/api/v1/queue/session: queues that whoever has the link may look at, and edit when signed in."""

import re
import secrets

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.envelope import ok
from api.parts import Api
from api.queue.rooms import actor_of, add_item, entries, id_of, remove_item, run
from api.schemas.queues import NewQueueItem, NewSharedQueue, RemovedVersion, SharedQueueView
from api.times import utc
from rooms.errors import Forbidden, Gone, NotFound
from rooms.feature import Actor
from rooms.ids import UUID_PATTERN
from rooms.membership.commands import (
    MAX_INVITE_S,
    AcceptInvite,
    CreateInvite,
    CreateRoom,
    DeleteRoom,
)
from storage.queue.rooms import SharedQueue


async def create_session(request: web.Request, api: Api) -> web.Response:
    """A queue of its own, with the token that opens it."""
    body = await read_json(request, NewSharedQueue, optional=True)
    actor = actor_of(caller(request))
    room = CreateRoom(name=body.name, type="private", facets=("playback", "queue"))
    made = await api.submit("room:create", room, room_id=None, actor=actor)
    room_id, token = id_of(made.data), secrets.token_hex(16)
    invitation = CreateInvite(room_id=room_id, expires_in_s=MAX_INVITE_S)
    invite = await run(api, "invite:create", invitation, room_id, actor)
    await api.queue_rooms.keep_shared(token, actor.user_id, room_id, invite["token"])
    return ok(await _view(await _find(token, api), api), "Queue session created", status=201)


async def get_session(request: web.Request, api: Api) -> web.Response:
    """A shared queue; the link alone is enough to look."""
    found = await _find(request.match_info["token"], api)
    return ok(await _view(found, api), "Queue session")


async def delete_session(request: web.Request, api: Api) -> web.Response:
    """Ends it for everybody; only its creator may."""
    found = await _find(request.match_info["token"], api)
    actor = actor_of(caller(request))
    if found.creator_id != actor.user_id:
        raise Forbidden("Only who made this queue session can end it.")
    await run(api, "room:delete", DeleteRoom(room_id=found.room_id), found.room_id, actor)
    return ok(None, "Queue session ended")


async def add_to_session(request: web.Request, api: Api) -> web.Response:
    """Queues a track in a shared queue."""
    body = await read_json(request, NewQueueItem)
    found = await _find(request.match_info["token"], api)
    actor = actor_of(caller(request))
    await _enter(found, actor, api)
    await add_item(api, found.room_id, body, actor)
    return ok(await _view(found, api), "Track queued", status=201)


async def remove_from_session(request: web.Request, api: Api) -> web.Response:
    """Takes an item out: who added it may, and the session's creator."""
    query = read_query(request, RemovedVersion)
    found = await _find(request.match_info["token"], api)
    actor = actor_of(caller(request))
    queue, _ = await api.queue_rooms.state(found.room_id)
    item_id = request.match_info["id"]
    item = queue.find(item_id) if re.fullmatch(UUID_PATTERN, item_id) else None
    if item is None:
        raise NotFound("There is no such item in this queue.", "QUEUE_ITEM_NOT_FOUND")
    if actor.user_id not in (found.creator_id, item.added_by.user_id):
        raise Forbidden("Only who added this and who made the session can remove it.")
    await remove_item(api, found.room_id, item.id, actor, query.version)
    return ok(await _view(found, api), "Item removed")


async def _enter(found: SharedQueue, actor: Actor, api: Api) -> None:
    """Whoever holds the token is a member once he adds something."""
    if actor.user_id != found.creator_id:
        accept = AcceptInvite(token=found.invite_token)
        await api.submit("invite:accept", accept, room_id=found.room_id, actor=actor)


async def _find(token: str, api: Api) -> SharedQueue:
    found = await api.queue_rooms.shared(token) if re.fullmatch("[0-9a-f]{32}", token) else None
    if found is None:
        raise NotFound("There is no such queue session.", "QUEUE_SESSION_NOT_FOUND")
    if found.ended:
        raise Gone("This queue session has ended.")
    return found


async def _view(found: SharedQueue, api: Api) -> SharedQueueView:
    queue, _ = await api.queue_rooms.state(found.room_id)
    return SharedQueueView(
        share_token=found.share_token,
        creator_id=found.creator_id,
        room_id=found.room_id,
        version=queue.rev,
        created_at=utc(found.created_at),
        items=entries(queue),
    )
