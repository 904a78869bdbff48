"""/api/v1/co-listening/sessions: a public room around one track, with the caller as its host."""

import re

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json
from api.envelope import ok
from api.parts import Api
from api.queue.rooms import actor_of, id_of, op_id, position_s, run
from api.schemas.queues import ListeningView, NewListening
from api.times import utc
from rooms.errors import Forbidden, Gone, NotFound
from rooms.ids import UUID_PATTERN
from rooms.membership.commands import CreateRoom, DeleteRoom
from rooms.queue.commands import AddItems
from storage.queue.rooms import ListeningSession


async def create_session(request: web.Request, api: Api) -> web.Response:
    """A session that waits at the start of the track until its host plays."""
    body = await read_json(request, NewListening)
    principal = caller(request)
    track = await api.hearing.require(await api.catalog.get(body.track_id.lower()), principal)
    actor = actor_of(principal)
    room = CreateRoom(name=track.title, type="public", facets=("playback", "queue"))
    made = await api.submit("room:create", room, room_id=None, actor=actor)
    room_id = id_of(made.data)
    add = AddItems(room_id=room_id, op_id=op_id(), track_ids=(track.id,))
    await run(api, "item:add", add, room_id, actor)
    await api.queue_rooms.keep_session(room_id, actor.user_id, track.id)
    return ok(await _view(await _find(room_id, api), api), "Session created", status=201)


async def get_session(request: web.Request, api: Api) -> web.Response:
    """What plays in a session, and where it is."""
    found = await _find(request.match_info["id"], api)
    return ok(await _view(found, api), "Session")


async def end_session(request: web.Request, api: Api) -> web.Response:
    """Ends it for everybody; its host may, and who made it."""
    found = await _find(request.match_info["id"], api)
    actor = actor_of(caller(request))
    _, playback = await api.queue_rooms.state(found.id)
    if actor.user_id not in (found.creator_id, playback.host_id):
        raise Forbidden("Only the host can end this session.", "NOT_HOST")
    await run(api, "room:delete", DeleteRoom(room_id=found.id), found.id, actor)
    return ok(None, "Session ended")


async def _find(session_id: str, api: Api) -> ListeningSession:
    known = re.fullmatch(UUID_PATTERN, session_id) is not None
    found = await api.queue_rooms.session(session_id) if known else None
    if found is None:
        raise NotFound("There is no such session.", "SESSION_NOT_FOUND")
    if found.ended:
        raise Gone("This session has ended.", "SESSION_ENDED")
    return found


async def _view(found: ListeningSession, api: Api) -> ListeningView:
    queue, playback = await api.queue_rooms.state(found.id)
    now_ms = api.now_ms()
    upcoming = queue.items[0].track_id if queue.items else None
    return ListeningView(
        id=found.id,
        host_id=playback.host_id or found.creator_id,
        track_id=playback.track_id or upcoming,
        is_playing=playback.status == "playing",
        position=position_s(playback, now_ms),
        server_time_ms=now_ms,
        created_at=utc(found.created_at),
    )
