"""/api/playqueue: the library's way to the caller's own queue, bare and with integer ids.

It is the queue of /api/v1/queue (api/queue/own.py).
"""

from contextlib import suppress

from aiohttp import web

from api.auth.principals import caller
from api.bodies import invalid, read_json, read_query
from api.envelope import bare
from api.parts import Api
from api.queue.own import clear, own_queue, view_own
from api.queue.rooms import actor_of, add_item, op_id, remove_item, run, track_of
from api.refs import as_ref
from api.schemas.library_queue import LibraryEntry, LibraryQueue, Queued, Unqueued, UnqueuedQuery
from api.schemas.queues import NewQueueItem
from rooms.errors import Conflict, FieldError, NotFound
from rooms.feature import Actor
from rooms.queue.commands import AddItems, ClearQueue, RemoveItem
from storage.queue.rooms import OwnQueue


async def get_playqueue(request: web.Request, api: Api) -> web.Response:
    """The caller's queue; it is made when he first looks."""
    return bare(await _view(await own_queue(request, api), api))


async def fill_playqueue(request: web.Request, api: Api) -> web.Response:
    """Adds a track, or makes some tracks all that waits."""
    body = await read_json(request, Queued)
    queue = await own_queue(request, api)
    actor = actor_of(caller(request))
    if body.track_id is None and body.track_ids is None:
        raise invalid([FieldError("track_id", "REQUIRED", "Name track_id or track_ids.")])
    if body.track_ids is not None:
        tracks = [await track_of(api, given) for given in body.track_ids]
        await _set(tracks, queue.room_id, actor, api)
    if body.track_id is not None:
        new = NewQueueItem(track_id=body.track_id, position=body.position)
        await add_item(api, queue.room_id, new, actor)
    return bare(await _view(queue, api))


async def empty_playqueue(request: web.Request, api: Api) -> web.Response:
    """Takes an item out, or without one, everything."""
    query = read_query(request, UnqueuedQuery)
    body = await read_json(request, Unqueued, optional=True)
    track = body.track_id if query.track_id is None else as_ref(query.track_id)
    queue = await own_queue(request, api)
    actor = actor_of(caller(request))
    item_id = body.item_id or query.item_id
    if track is not None:
        item_id = await _item_of(await track_of(api, track), queue.room_id, api)
    if item_id is None:
        await clear(queue.room_id, actor, api)
    else:
        await remove_item(api, queue.room_id, item_id, actor)
    return bare(await _view(queue, api))


async def _set(track_ids: list[str], room_id: str, actor: Actor, api: Api) -> None:
    """First what comes, then away with what waited: a track that is refused changes nothing."""
    queue, _ = await api.queue_rooms.state(room_id)
    if not track_ids:
        await run(api, "queue:clear", ClearQueue(room_id=room_id), room_id, actor)
        return
    before = [item.id for item in queue.pending]
    add = AddItems(room_id=room_id, op_id=op_id(), track_ids=tuple(track_ids))
    await run(api, "item:add", add, room_id, actor)
    for item_id in before:
        remove = RemoveItem(room_id=room_id, op_id=op_id(), item_id=item_id)
        with suppress(Conflict):  # it has begun to play
            await run(api, "item:remove", remove, room_id, actor)


async def _item_of(track_id: str, room_id: str, api: Api) -> str:
    queue, _ = await api.queue_rooms.state(room_id)
    for item in queue.items:
        if item.track_id == track_id:
            return item.id
    raise NotFound("This track is not in the queue.", "QUEUE_ITEM_NOT_FOUND")


async def _view(own: OwnQueue, api: Api) -> LibraryQueue:
    queue = await view_own(own, api)
    uuids = {item.track_id for item in queue.items}
    if queue.current_track_id is not None:
        uuids.add(queue.current_track_id)
    numbers = await api.refs.numbers("track", uuids)
    return LibraryQueue(
        room_id=queue.room_id,
        version=queue.version,
        current_track_id=numbers.get(queue.current_track_id or ""),
        current_track_uuid=queue.current_track_id,
        current_position=queue.current_position,
        is_playing=queue.is_playing,
        shuffle=queue.shuffle,
        repeat_mode=queue.repeat_mode,
        volume=queue.volume,
        items=[
            LibraryEntry(
                id=item.id,
                track_id=numbers.get(item.track_id),
                track_uuid=item.track_id,
                position=item.position,
                title=item.title,
                artist=item.artist,
                duration_ms=item.duration_ms,
                is_playing=item.is_playing,
                added_at=item.added_at,
            )
            for item in queue.items
        ],
    )
