"""/api/v1/live/streams: broadcasts and stream keys. Sound comes in by media/webrtc."""

import re

import msgspec
import uuid_utils
from aiohttp import web

from api.auth.principals import caller, maybe_caller
from api.bodies import read_json, read_query
from api.envelope import ok
from api.paging import page_meta
from api.parts import Api
from api.schemas.live import LiveChanges, LiveKey, LiveQuery, LiveStream, NewLive
from api.times import utc, utc_or_none
from rooms.access import Principal
from rooms.errors import Forbidden, NotFound
from rooms.feature import Actor
from rooms.ids import UUID_PATTERN
from rooms.live.commands import CreateLive, UpdateLive
from rooms.membership.commands import CreateRoom
from storage.live.live import LiveRow


async def list_streams(request: web.Request, api: Api) -> web.Response:
    """Broadcasts of public rooms: on air, then announced."""
    query = read_query(request, LiveQuery)
    found = await api.lives.on_air(query.limit, (query.page - 1) * query.limit)
    meta = page_meta(query.page, query.limit, await api.lives.count_on_air())
    return ok([_shown(live) for live in found], "Live streams", meta=meta)


async def own_streams(request: web.Request, api: Api) -> web.Response:
    """The caller's broadcasts, newest first."""
    query = read_query(request, LiveQuery)
    user_id = caller(request).user_id
    found = await api.lives.of_user(user_id, query.limit, (query.page - 1) * query.limit)
    meta = page_meta(query.page, query.limit, await api.lives.count_of_user(user_id))
    return ok([_shown(live) for live in found], "Your live streams", meta=meta)


async def get_stream(request: web.Request, api: Api) -> web.Response:
    """One broadcast, for whoever may enter its room."""
    live = await _find(request, api)
    if not await api.may_enter(live.room_id, maybe_caller(request)):
        raise _nothing()
    return ok(_shown(live), "Live stream")


async def create_stream(request: web.Request, api: Api) -> web.Response:
    """Announces a broadcast; its sound goes to `whip_url`."""
    body = await read_json(request, NewLive)
    actor = _actor(caller(request))
    room_id = body.room_id
    if room_id is None:
        room = CreateRoom(name=body.title, type="public")
        made = await api.submit("room:create", room, room_id=None, actor=actor)
        room_id = _id_of(made.data)
    elif not await api.may_enter(room_id, caller(request)):
        raise NotFound("There is no such room.")
    live = CreateLive(
        room_id=room_id,
        op_id=str(uuid_utils.uuid7()),
        title=body.title,
        description=body.description,
    )
    committed = await api.submit("live:create", live, room_id=room_id, actor=actor)
    return ok(await _read(_id_of(committed.data), api), "Live stream created", status=201)


async def update_stream(request: web.Request, api: Api) -> web.Response:
    """Changes title or description; its owner may."""
    body = await read_json(request, LiveChanges)
    live = await _find(request, api)
    principal = caller(request)
    if live.user_id != principal.user_id:
        if await api.may_enter(live.room_id, principal):
            raise Forbidden("This is somebody else's broadcast.")
        raise _nothing()
    change = UpdateLive(
        room_id=live.room_id,
        op_id=str(uuid_utils.uuid7()),
        live_id=live.id,
        title=body.title,
        description=body.description,
    )
    await api.submit("live:update", change, room_id=live.room_id, actor=_actor(principal))
    return ok(await _read(live.id, api), "Live stream updated")


async def stream_key(request: web.Request, api: Api) -> web.Response:
    """The beginning of the caller's key; nobody can show the rest again."""
    key = await api.stream_keys.current(caller(request).user_id)
    if key is None:
        raise NotFound("You have no stream key yet. Regenerate makes one.")
    shown = LiveKey(prefix=key.prefix, created_at=utc(key.created_at), rtmp_url=api.rtmp_url)
    return ok(shown, "A key is shown whole only when it is made; regenerate it to see a new one")


async def regenerate_key(request: web.Request, api: Api) -> web.Response:
    """A new key, in clear this once; the one before works for another hour."""
    key = await api.stream_keys.regenerate(caller(request).user_id)
    shown = LiveKey(prefix=key[:12], key=key, rtmp_url=api.rtmp_url)
    return ok(shown, "Keep this key: it is not shown again. The one before works for an hour")


async def _find(request: web.Request, api: Api) -> LiveRow:
    given = request.match_info["id"].lower()
    live = await api.lives.find(given) if re.fullmatch(UUID_PATTERN, given) else None
    if live is None:
        raise _nothing()
    return live


async def _read(live_id: str, api: Api) -> LiveStream:
    live = await api.lives.find(live_id)
    if live is None:
        raise _nothing()
    return _shown(live)


def _shown(live: LiveRow) -> LiveStream:
    return LiveStream(
        id=live.id,
        room_id=live.room_id,
        user_id=live.user_id,
        title=live.title,
        description=live.description,
        category=live.category,
        thumbnail_url=live.thumbnail_url,
        streamer_name=live.streamer_name,
        status=live.status,
        is_live=live.is_live,
        started_at=utc_or_none(live.started_at),
        ended_at=utc_or_none(live.ended_at),
        scheduled_at=utc_or_none(live.scheduled_at),
        viewer_count=live.viewer_count,
        tags=live.tags,
        stream_url=live.stream_url,
        whip_url=f"/whip/{live.id}",
        is_vod=live.is_vod,
        recording_track_id=live.recording_track_id,
        created_at=utc(live.created_at),
        updated_at=utc(live.updated_at),
    )


def _id_of(data: msgspec.Raw) -> str:
    return str(msgspec.json.decode(data)["id"])


def _actor(principal: Principal) -> Actor:
    return Actor(
        principal.user_id,
        principal.username,
        principal.display_name,
        is_guest=principal.is_guest,
    )


def _nothing() -> NotFound:
    return NotFound("There is no such live stream.", "STREAM_NOT_FOUND")
