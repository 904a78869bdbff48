"""The protocol as the code has it: every call and event with its schema, for the documents.

docs/protocol.md and docs/asyncapi.json are written from this (`make docs`), and a test keeps them
equal.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from hub.calls.controls import CONTROLS
from hub.calls.drifts import Sample
from hub.calls.moderation import MODERATION_CALLS
from hub.calls.notifications import NOTIFICATION_CALLS, UnreadNotifications
from hub.calls.queries import QUERIES
from hub.calls.sync import SYNC
from hub.chores.notices import NotificationCreated
from hub.fanout.hidden import PLACE
from hub.live.audience import LIVES, Viewers
from hub.players.calls import PLAYER_EVENTS, PLAYERS
from hub.presence.shapes import PRESENCE
from rooms.feature import Feature
from rooms.features import FEATURES
from rooms.presence import Diff

ROOM_CALLS = (CONTROLS, QUERIES, MODERATION_CALLS, NOTIFICATION_CALLS)
PREFIX = "#/components/schemas/"


class CallEntry(Struct, frozen=True):
    """A call that a client makes, always with an ack."""

    name: str
    payload: type[Struct]
    summary: str
    limit: str
    durable: bool
    """True when it goes through the log: `ok` means that it is on disk."""
    raises: str


class EventEntry(Struct, frozen=True):
    """An event that clients receive."""

    name: str
    stream: str
    durable: bool
    data: type[Struct] | None
    summary: str


class TypingUpdated(Struct, frozen=True):
    """Who is typing in the room now; the hub forgets after 6 s."""

    user_ids: tuple[str, ...]


class Watermark(Struct, frozen=True):
    """How far a member has read (or received)."""

    user_id: str
    seq: int


class MemberDrift(Struct, frozen=True):
    """How far a listener is from the shared timeline."""

    user_id: str
    drift_ms: float
    rtt_ms: float | None


class SyncStats(Struct, frozen=True):
    """Every listener's drift, at most once a second; of an auditorium a summary, every 5 s."""

    members: tuple[MemberDrift, ...]
    """Nobody, in an auditorium."""
    sample: Sample | None
    """What reports of an auditorium add up to, of listeners on the same node."""


class PresenceCounts(Struct, frozen=True):
    """A room with more than 200 people present is told numbers instead of names."""

    room_id: str
    online: int
    listeners: int


class Unread(Struct, frozen=True):
    """What of a room is unread has changed: something was said, or a device has read on.

    Of what was said a moment later; in rooms of more than 500 only when a device has read on. One
    whose `last_read_seq` is less than known comes late: leave it out.
    """

    room_id: str
    last_read_seq: int
    unread: int
    mentions: int


class BlocksUpdated(Struct, frozen=True):
    """Whose words a client leaves out for this user has changed."""

    hidden_ids: tuple[str, ...]


class Hidden(Struct, frozen=True):
    """Stands where somebody spoke or reacted whom a block hides from the reader: skip it.

    It keeps `seq` without a hole and says nothing else; `by` and `op_id` are null.
    """


class UploadProgress(Struct, frozen=True):
    """How much of an upload has arrived."""

    upload_id: str
    received_bytes: int
    total_bytes: int | None
    percent: int | None


class JobProgress(Struct, frozen=True):
    """What the worker does with an upload, and how far it is."""

    job_id: str
    track_id: str
    task: str
    percent: int


class TrackReady(Struct, frozen=True):
    """An upload can be played."""

    track_id: str
    title: str
    artist: str | None
    duration_ms: int
    has_cover: bool


class TrackFailed(Struct, frozen=True):
    """An upload was refused, and why in plain words."""

    track_id: str
    code: str
    message: str


EPHEMERAL: tuple[tuple[str, str, type[Struct]], ...] = (
    ("typing:updated", "room", TypingUpdated),
    ("read:updated", "room", Watermark),
    ("delivered:updated", "room", Watermark),
    ("presence:diff", "room", Diff),
    ("presence:counts", "room", PresenceCounts),
    ("sync:stats", "room", SyncStats),
    ("viewers:updated", "room", Viewers),
    ("unread:updated", "user", Unread),
    ("blocks:updated", "user", BlocksUpdated),
    ("notifications:updated", "user", UnreadNotifications),
    ("upload:progress", "user", UploadProgress),
    ("job:progress", "user", JobProgress),
)

DURABLE_OF_USER: tuple[tuple[str, type[Struct]], ...] = (
    ("notification:created", NotificationCreated),
    ("track:ready", TrackReady),
    ("track:failed", TrackFailed),
)


def calls(features: Sequence[Feature] = FEATURES) -> list[CallEntry]:
    """Every call, by name."""
    found = [
        CallEntry(
            name=name,
            payload=command.payload,
            summary=summary_of(command.rule),
            limit=_limit(command.limit),
            durable=True,
            raises=", ".join(error.default_code for error in command.errors),
        )
        for feature in features
        for name, command in feature.commands.items()
        if not command.internal
    ]
    for shapes in (*ROOM_CALLS, PRESENCE, SYNC, LIVES, PLAYERS):
        found += [
            CallEntry(name, s.payload, summary_of(s.payload), _limit(s.limit), False, "")
            for name, s in shapes.items()
        ]
    return sorted(found, key=lambda entry: entry.name)


def events(features: Sequence[Feature] = FEATURES) -> list[EventEntry]:
    """Every event of a stream, by name."""
    found = [
        EventEntry(name, "room", True, data, summary_of(data))
        for feature in features
        for name, data in feature.events.items()
    ]
    found.append(EventEntry(PLACE, "room", True, Hidden, summary_of(Hidden)))
    found += [
        EventEntry(name, "user", True, data, summary_of(data)) for name, data in DURABLE_OF_USER
    ]
    found += [
        EventEntry(name, stream, False, data, summary_of(data)) for name, stream, data in EPHEMERAL
    ]
    found += [
        EventEntry(name, "socket", False, data, summary_of(data)) for name, data in PLAYER_EVENTS
    ]
    return sorted(found, key=lambda entry: entry.name)


def schemas() -> dict[str, Any]:
    """JSON Schemas of all payloads and event data, by the names of their structs."""
    types = {entry.payload for entry in calls()} | {e.data for e in events() if e.data is not None}
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=PREFIX + "{name}")
    return dict(sorted(components.items()))


def asyncapi() -> dict[str, Any]:
    """The protocol as an AsyncAPI 3.0 document."""
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for call in calls():
        key = _key(call.name)
        messages[key] = {
            "name": call.name,
            "summary": call.summary,
            "payload": {"$ref": PREFIX + call.payload.__name__},
        }
        operations[f"send_{key}"] = _operation("receive", key)
    for event in events():
        key = _key(event.name)
        payload = {"$ref": PREFIX + event.data.__name__} if event.data else {}
        messages[key] = {"name": event.name, "summary": event.summary, "payload": payload}
        operations[f"hear_{key}"] = _operation("send", key)
    refs: Mapping[str, Any] = {
        key: {"$ref": f"#/components/messages/{key}"} for key in sorted(messages)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Veza Hub protocol",
            "version": "1",
            "description": "Socket.IO 5 over Engine.IO 4, namespace /. See docs/protocol.md.",
        },
        "channels": {"hub": {"address": "/", "messages": refs}},
        "operations": dict(sorted(operations.items())),
        "components": {"messages": dict(sorted(messages.items())), "schemas": schemas()},
    }


def summary_of(thing: Any) -> str:
    """First sentence of a docstring, on one line."""
    text = inspect.getdoc(thing) or ""
    first = re.split(r"\n\s*\n", text)[0].replace("\n", " ")
    return first.strip()


def _operation(action: str, key: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/hub"},
        "messages": [{"$ref": f"#/channels/hub/messages/{key}"}],
    }


def _key(name: str) -> str:
    return name.replace(":", "_")


def _limit(limit: Any) -> str:
    return "" if limit is None else f"{limit.count} per {limit.per_s} s"
