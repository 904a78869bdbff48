"""/api/v1/queue: the caller's own queue, a room of which he is the only member.

So his devices follow it over the socket like any room, and all promises of rooms hold for it.
"""

import re

from aiohttp import web

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.envelope import ok
from api.parts import Api
from api.queue.rooms import (
    actor_of,
    add_item,
    entries,
    id_of,
    op_id,
    own_op_id,
    position_s,
    put_in,
    remove_item,
    run,
    track_of,
)
from api.schemas.queues import NewQueueItem, OwnQueueView, QueueChanges, RemovedVersion
from rooms.errors import NotFound
from rooms.feature import Actor
from rooms.ids import UUID_PATTERN
from rooms.membership.commands import CreateRoom
from rooms.playback.commands import Pause, Play, Seek, Step
from rooms.queue.commands import ClearQueue, UpdateQueue
from storage.queue.rooms import OwnQueue

_ONCE = "queue"


async def get_queue(request: web.Request, api: Api) -> web.Response:
    """The caller's queue; it is made when he first looks."""
    queue = await own_queue(request, api)
    return ok(await view_own(queue, api), "Queue")


async def update_queue(request: web.Request, api: Api) -> web.Response:
    """Changes settings, then what plays and from where."""
    body = await read_json(request, QueueChanges)
    queue = await own_queue(request, api)
    actor = actor_of(caller(request))
    if body.volume is not None:
        await api.queue_rooms.set_volume(actor.user_id, body.volume)
        queue = OwnQueue(queue.room_id, body.volume)
    if body.shuffle is not None or body.repeat_mode is not None:
        settings = UpdateQueue(room_id=queue.room_id, shuffle=body.shuffle, repeat=body.repeat_mode)
        await run(api, "queue:update", settings, queue.room_id, actor)
    await _move(body, queue.room_id, actor, api)
    return ok(await view_own(queue, api), "Queue updated")


async def add_to_queue(request: web.Request, api: Api) -> web.Response:
    """Queues a track."""
    body = await read_json(request, NewQueueItem)
    queue = await own_queue(request, api)
    await add_item(api, queue.room_id, body, actor_of(caller(request)))
    return ok(await view_own(queue, api), "Track queued", status=201)


async def remove_from_queue(request: web.Request, api: Api) -> web.Response:
    """Takes an item out; one that plays is skipped."""
    query = read_query(request, RemovedVersion)
    queue = await own_queue(request, api)
    item_id = request.match_info["id"]
    if re.fullmatch(UUID_PATTERN, item_id) is None:
        raise NotFound("There is no such item in this queue.", "QUEUE_ITEM_NOT_FOUND")
    actor = actor_of(caller(request))
    await remove_item(api, queue.room_id, item_id, actor, query.version)
    return ok(await view_own(queue, api), "Item removed")


async def clear_queue(request: web.Request, api: Api) -> web.Response:
    """Empties the queue; what plays ends."""
    queue = await own_queue(request, api)
    await clear(queue.room_id, actor_of(caller(request)), api)
    return ok(await view_own(queue, api), "Queue emptied")


async def own_queue(request: web.Request, api: Api) -> OwnQueue:
    """The caller's queue, made if he has none yet."""
    principal = caller(request)
    found = await api.queue_rooms.own(principal.user_id)
    if found is not None:
        return found
    room = CreateRoom(name="Queue", type="private", facets=("playback", "queue"))
    actor, once = actor_of(principal), own_op_id(principal.user_id, _ONCE)
    made = await api.submit("room:create", room, room_id=None, actor=actor, op_id=once)
    await api.queue_rooms.keep_own(principal.user_id, id_of(made.data))
    kept = await api.queue_rooms.own(principal.user_id)
    assert kept is not None
    return kept


async def view_own(own: OwnQueue, api: Api) -> OwnQueueView:
    """The queue as it is now."""
    queue, playback = await api.queue_rooms.state(own.room_id)
    return OwnQueueView(
        room_id=own.room_id,
        version=queue.rev,
        current_track_id=playback.track_id,
        current_position=int(position_s(playback, api.now_ms())),
        is_playing=playback.status == "playing",
        shuffle=queue.shuffle,
        repeat_mode=queue.repeat,
        volume=own.volume,
        items=entries(queue),
    )


async def _move(body: QueueChanges, room_id: str, actor: Actor, api: Api) -> None:
    """The transport: another item, another place, playing or not; what is left out stays."""
    position_ms = None if body.current_position is None else body.current_position * 1_000
    queue, playback = await api.queue_rooms.state(room_id)
    sounding, item_id = body.is_playing, None
    if body.current_track_id is not None:
        item_id = await _item_of(await track_of(api, body.current_track_id), room_id, actor, api)
        position_ms = position_ms or 0
        if sounding is None:
            sounding = playback.status in ("playing", "waiting")
    if item_id is not None or sounding is True:
        play = Play(room_id=room_id, op_id=op_id(), item_id=item_id, position_ms=position_ms)
        await run(api, "playback:play", play, room_id, actor)
    elif sounding is None and position_ms is not None and (queue.current or position_ms > 0):
        seek = Seek(room_id=room_id, op_id=op_id(), position_ms=position_ms)
        await run(api, "playback:seek", seek, room_id, actor)
    if sounding is False:
        pause = Pause(room_id=room_id, op_id=op_id(), position_ms=position_ms)
        await run(api, "playback:pause", pause, room_id, actor)


async def _item_of(track_id: str, room_id: str, actor: Actor, api: Api) -> str:
    """The first item of a track; it is queued in front when there is none."""
    queue, _ = await api.queue_rooms.state(room_id)
    known = next((item.id for item in queue.items if item.track_id == track_id), None)
    if known is not None:
        return known
    return await put_in(api, room_id, track_id, "next", actor)


async def clear(room_id: str, actor: Actor, api: Api) -> None:
    """Empties the queue; what plays ends."""
    await run(api, "queue:clear", ClearQueue(room_id=room_id), room_id, actor)
    queue, _ = await api.queue_rooms.state(room_id)
    if queue.current is None:
        return
    if queue.repeat == "all":  # where the last item would begin again
        await run(api, "queue:update", UpdateQueue(room_id=room_id, repeat="off"), room_id, actor)
    skip = Step(room_id=room_id, op_id=op_id(), item_id=queue.current.id)
    await run(api, "playback:next", skip, room_id, actor)
