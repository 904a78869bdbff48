"""A live broadcast in a room: announced, on air, interrupted, back, over.

What comes in is told by ingest (`live:connected`, `live:lost`, internal commands). A broadcaster
who is lost keeps his listeners for a grace; each publication has a number, so that what an older
one still says (a cut that was noticed late) cannot end a newer one.
"""

from typing import Any

from msgspec.structs import asdict, replace

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome, RunAt
from rooms.live.commands import (
    Connected,
    CreateLive,
    Expired,
    Lost,
    OnLive,
    Recorded,
    SetMetadata,
    UpdateLive,
)
from rooms.live.state import (
    MAX_BROADCASTS,
    Broadcast,
    LiveRecord,
    LiveState,
    Metadata,
    MetadataUpdated,
    RecordingReady,
    Started,
    record_of,
)
from rooms.room import at_least

GRACE_MS = 15_000
"""A page reload, a change of network: listeners wait this long for the broadcaster."""


def create(state: LiveState, command: CreateLive, context: Context) -> Outcome:
    """Announces a broadcast. Guests have no broadcasts.

    Raises:
        Forbidden: a guest asks.
    """
    actor = context.actor
    if actor.is_guest:
        raise Forbidden("Guests cannot go live. Create an account to do that.")
    broadcast = Broadcast(
        id=context.ids[0],
        user_id=actor.user_id,
        streamer_name=actor.display_name,
        title=" ".join(command.title.split()),
        description=command.description,
        created_at_ms=context.now_ms,
        scheduled_at_ms=command.scheduled_at_ms,
    )
    kept = tuple(b for b in state.broadcasts if b.status != "ended")
    ended = tuple(b for b in state.broadcasts if b.status == "ended")
    room_for = max(0, MAX_BROADCASTS - len(kept) - 1)
    remembered = ended[-room_for:] if room_for else ()
    after = LiveState((*remembered, *kept, broadcast))
    return _told(after, broadcast, "live:scheduled", context)


def start(state: LiveState, command: OnLive, context: Context) -> Outcome:
    """Asks where to publish. The broadcast is on air once its sound comes in.

    Raises:
        Forbidden, Conflict: it is somebody else's, is over, or another one is on air here.
    """
    broadcast = _own(state, command.live_id, context)
    _refuse_second(state, broadcast)
    whip_url = f"{context.public_url}/whip/{broadcast.id}"
    return Outcome(state, data=Started(**asdict(record(broadcast, context)), whip_url=whip_url))


def update(state: LiveState, command: UpdateLive, context: Context) -> Outcome:
    """Changes what a broadcast is called; its owner may."""
    broadcast = _own(state, command.live_id, context)
    changed = replace(
        broadcast,
        title=" ".join(command.title.split()) if command.title else broadcast.title,
        description=(
            command.description if command.description is not None else broadcast.description
        ),
    )
    if changed == broadcast:
        return Outcome(state, data=record(broadcast, context))
    return _told(_with(state, changed), changed, "live:updated", context)


def end(state: LiveState, command: OnLive, context: Context) -> Outcome:
    """Ends a broadcast for good; its owner and the room's moderators may. Twice is fine."""
    broadcast = _find(state, command.live_id)
    actor = context.actor
    is_own = actor.is_system or actor.user_id == broadcast.user_id
    if not (is_own or at_least(context.member, "moderator")):
        raise Forbidden("Only the broadcaster and the room's moderators can end this.")
    return _ended(state, broadcast, context)


def set_metadata(state: LiveState, command: SetMetadata, context: Context) -> Outcome:
    """Says what is being played on air; the broadcaster may."""
    broadcast = _own(state, command.live_id, context)
    metadata = Metadata(command.title, command.artist, command.track_id)
    updated = MetadataUpdated(live_id=broadcast.id, metadata=metadata)
    if metadata == broadcast.metadata:
        return Outcome(state, data=updated)
    after = _with(state, replace(broadcast, metadata=metadata))
    return Outcome(after, events=(Event("metadata:updated", updated),), data=updated)


def connected(state: LiveState, command: Connected, context: Context) -> Outcome:
    """Sound comes in: the broadcast is on air, or back on air.

    Raises:
        Conflict: it is over, or another broadcast of the room is on air.
    """
    broadcast = _find(state, command.live_id)
    if broadcast.status == "ended":
        raise Conflict("This broadcast is over.")
    _refuse_second(state, broadcast)
    if command.publication <= broadcast.publication:
        return Outcome(state, data=record(broadcast, context))
    back = broadcast.status == "interrupted"
    changed = replace(
        broadcast,
        status="live",
        publication=command.publication,
        started_at_ms=broadcast.started_at_ms or context.now_ms,
        grace_until_ms=None,
    )
    if broadcast.status == "live":
        # The newer connection takes over from one that has not been missed yet.
        return Outcome(_with(state, changed), data=record(changed, context))
    name = "live:resumed" if back else "live:started"
    quiet = (RunAt(_timer(broadcast), None),)
    return _told(_with(state, changed), changed, name, context, later=quiet)


def lost(state: LiveState, command: Lost, context: Context) -> Outcome:
    """The sound stopped: listeners wait for the grace."""
    broadcast = _find(state, command.live_id)
    if broadcast.status != "live" or command.publication != broadcast.publication:
        return Outcome(state, data=record(broadcast, context))
    until_ms = context.now_ms + GRACE_MS
    changed = replace(broadcast, status="interrupted", grace_until_ms=until_ms)
    expired = Expired(
        room_id=command.room_id, live_id=broadcast.id, publication=broadcast.publication
    )
    later = (RunAt(_timer(broadcast), until_ms, "live:expired", expired),)
    return _told(_with(state, changed), changed, "live:interrupted", context, later=later)


def expired(state: LiveState, command: Expired, context: Context) -> Outcome:
    """Nobody came back within the grace: the broadcast is over."""
    broadcast = state.find(command.live_id)
    if (
        broadcast is None
        or broadcast.status != "interrupted"
        or command.publication != broadcast.publication
    ):
        return Outcome(state)
    return _ended(state, broadcast, context)


def recorded(state: LiveState, command: Recorded, context: Context) -> Outcome:
    """The recording has a track now."""
    broadcast = _find(state, command.live_id)
    if broadcast.recording_track_id is not None:
        return Outcome(state)
    ready = RecordingReady(live_id=broadcast.id, track_id=command.track_id)
    after = _with(state, replace(broadcast, recording_track_id=command.track_id))
    return Outcome(after, events=(Event("recording:ready", ready),), data=ready)


def record(broadcast: Broadcast, context: Context) -> LiveRecord:
    """The broadcast as clients see it."""
    room_id = context.room.id if context.room is not None else ""
    return record_of(broadcast, room_id)


def _view(state: LiveState, context: Context) -> dict[str, Any]:
    room_id = context.room.id if context.room is not None else ""
    on_air = state.on_air
    scheduled = [b for b in state.broadcasts if b.status == "scheduled"]
    return {
        "on_air": record_of(on_air, room_id) if on_air else None,
        "scheduled": [record_of(b, room_id) for b in scheduled],
    }


def _ended(state: LiveState, broadcast: Broadcast, context: Context) -> Outcome:
    if broadcast.status == "ended":
        return Outcome(state, data=record(broadcast, context))
    changed = replace(broadcast, status="ended", ended_at_ms=context.now_ms, grace_until_ms=None)
    quiet = (RunAt(_timer(broadcast), None),)
    return _told(_with(state, changed), changed, "live:ended", context, later=quiet)


def _told(
    state: LiveState,
    broadcast: Broadcast,
    name: str,
    context: Context,
    *,
    later: tuple[RunAt, ...] = (),
) -> Outcome:
    told = record(broadcast, context)
    return Outcome(
        state,
        events=(Event(name, told),),
        data=told,
        later=later,
        rows=(told,),
    )


def _with(state: LiveState, changed: Broadcast) -> LiveState:
    return LiveState(tuple(changed if b.id == changed.id else b for b in state.broadcasts))


def _find(state: LiveState, live_id: str) -> Broadcast:
    broadcast = state.find(live_id)
    if broadcast is None:
        raise NotFound("There is no such broadcast in this room.")
    return broadcast


def _refuse_second(state: LiveState, broadcast: Broadcast) -> None:
    other = state.on_air
    if other is not None and other.id != broadcast.id:
        raise Conflict("Another broadcast is on air in this room.")


def _own(state: LiveState, live_id: str, context: Context) -> Broadcast:
    broadcast = _find(state, live_id)
    if not context.actor.is_system and context.actor.user_id != broadcast.user_id:
        raise Forbidden("This is somebody else's broadcast.")
    if broadcast.status == "ended":
        raise Conflict("This broadcast is over.")
    return broadcast


def _timer(broadcast: Broadcast) -> str:
    return f"live.grace.{broadcast.id}"


_LIMIT = Limit(10, 10)

LIVE = Feature(
    name="live",
    state=LiveState,
    view=_view,
    commands={
        "live:create": Command(CreateLive, create, role="member", limit=_LIMIT),
        "live:update": Command(UpdateLive, update, role="member", ids=0, limit=_LIMIT),
        "live:start": Command(OnLive, start, role="member", ids=0, limit=_LIMIT),
        "live:end": Command(OnLive, end, role="member", ids=0, limit=_LIMIT),
        "metadata:set": Command(SetMetadata, set_metadata, role="member", ids=0, limit=_LIMIT),
        "live:connected": Command(Connected, connected, role=None, ids=0, internal=True),
        "live:lost": Command(Lost, lost, role=None, ids=0, internal=True),
        "live:expired": Command(Expired, expired, role=None, ids=0, internal=True),
        "live:recorded": Command(Recorded, recorded, role=None, ids=0, internal=True),
    },
    events={
        "live:scheduled": LiveRecord,
        "live:updated": LiveRecord,
        "live:started": LiveRecord,
        "live:interrupted": LiveRecord,
        "live:resumed": LiveRecord,
        "live:ended": LiveRecord,
        "metadata:updated": MetadataUpdated,
        "recording:ready": RecordingReady,
    },
)
