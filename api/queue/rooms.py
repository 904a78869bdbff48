"""What the queues over REST have in common: a room behind each, and commands to it."""

import uuid
from typing import Any

import msgspec
import uuid_utils
from msgspec import Struct

from api.parts import Api
from api.schemas.queues import NewQueueItem, QueueEntry
from api.tracks.tracks import track_not_found
from rooms.access import Principal
from rooms.errors import NotFound
from rooms.feature import Actor
from rooms.playback.commands import Step
from rooms.playback.state import PlaybackState, line_of
from rooms.playback.timeline import position_at
from rooms.queue.commands import AddItems, After, RemoveItem
from rooms.queue.items import QueueState
from rooms.revisions import check_rev
from rooms.times import iso

_SPACE = uuid.UUID("6f1c9d1e-7a2b-4c5d-9e8f-000000000002")


def op_id() -> str:
    """A fresh operation id."""
    return str(uuid_utils.uuid7())


def own_op_id(user_id: str, what: str) -> str:
    """The one id of something a user does once: two requests at a time do it once."""
    return str(uuid.uuid5(_SPACE, f"{user_id}/{what}"))


def actor_of(principal: Principal) -> Actor:
    """The caller as rules know him."""
    return Actor(
        principal.user_id,
        principal.username,
        principal.display_name,
        is_guest=principal.is_guest,
    )


async def run(api: Api, command: str, payload: Struct, room_id: str, actor: Actor) -> Any:
    """Runs a room's command as `actor`; returns what its ack would hold in `data`."""
    done = await api.submit(command, payload, room_id=room_id, actor=actor)
    return msgspec.json.decode(done.data)


def id_of(data: msgspec.Raw) -> str:
    """The id of the record that a command has made."""
    found: str = msgspec.json.decode(data)["id"]
    return found


def entries(queue: QueueState) -> list[QueueEntry]:
    """What plays and waits."""
    return [
        QueueEntry(
            id=item.id,
            track_id=item.track_id,
            position=position,
            title=item.title,
            artist=item.artist,
            duration_ms=item.duration_ms,
            is_playing=item.state == "playing",
            added_by=item.added_by.user_id,
            added_at=iso(item.added_at_ms),
        )
        for position, item in enumerate(queue.items)
    ]


def position_s(playback: PlaybackState, now_ms: int) -> float:
    """Seconds into the current item."""
    return 0.0 if playback.item_id is None else position_at(line_of(playback), now_ms) / 1_000


async def track_of(api: Api, given: str | int) -> str:
    """The UUID of the track that a body names by either of its ids.

    Raises:
        NotFound: TRACK_NOT_FOUND, the number is nobody's.
    """
    (track_id,) = await api.refs.resolve("track", [given])
    if track_id is None:
        raise track_not_found()
    return track_id


async def add_item(api: Api, room_id: str, body: NewQueueItem, actor: Actor) -> str:
    """Queues a track at its place among what waits; returns the item's id.

    Raises:
        NotFound: TRACK_NOT_FOUND, there is none that the actor may hear.
        RevMismatch: the queue is not at `body.version` any more.
    """
    track_id = await track_of(api, body.track_id)
    queue, _ = await api.queue_rooms.state(room_id)
    waiting = queue.pending
    place: Any = "last"
    if body.position == 0:
        place = "next"
    elif body.position is not None and body.position <= len(waiting):
        place = After(after_id=waiting[body.position - 1].id)
    return await put_in(api, room_id, track_id, place, actor, body.version)


async def put_in(
    api: Api, room_id: str, track_id: str, place: Any, actor: Actor, version: int | None = None
) -> str:
    """Queues a track; returns the item's id.

    Args:
        api: what handlers work with.
        room_id: whose queue.
        track_id: its UUID.
        place: as `AddItems.place`.
        actor: who adds it.
        version: where the queue has to be.

    Raises:
        NotFound: TRACK_NOT_FOUND, there is none that the actor may hear.
        RevMismatch: the queue is not at `version` any more.
    """
    command = AddItems(
        room_id=room_id, op_id=op_id(), track_ids=(track_id,), place=place, if_rev=version
    )
    try:
        added = await run(api, "item:add", command, room_id, actor)
    except NotFound as error:
        raise (track_not_found() if error.fields else error) from None
    item_id: str = added["items"][0]["id"]
    return item_id


async def remove_item(
    api: Api,
    room_id: str,
    item_id: str,
    actor: Actor,
    version: int | None = None,
) -> None:
    """Takes an item out; one that plays is skipped.

    Raises:
        NotFound: no such item in this queue.
        RevMismatch: the queue is not at `version` any more.
    """
    queue, _ = await api.queue_rooms.state(room_id)
    check_rev(version, queue.rev)
    item = queue.find(item_id)
    if item is None:
        raise NotFound("There is no such item in this queue.", "QUEUE_ITEM_NOT_FOUND")
    if item.state == "playing":
        skip = Step(room_id=room_id, op_id=op_id(), item_id=item.id)
        await run(api, "playback:next", skip, room_id, actor)
    else:
        remove = RemoveItem(room_id=room_id, op_id=op_id(), item_id=item.id, if_rev=version)
        await run(api, "item:remove", remove, room_id, actor)
