"""What a block leaves of events that come from somebody whom the reader is not to see. Pure.

Words and reactions of the other stay away, and with them every sign that he is there. What belongs
to the room, such as who is a member or what is played, is the same for everybody. A durable event
leaves its place in the log (`event:hidden`), so that the reader's `seq` has no hole.
"""

import re
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
from msgspec import Raw

from storage.log import By, LogEvent, NamedEnvelope

HIDEABLE = frozenset(("message:created", "message:updated", "reaction:added", "reaction:removed"))
"""Events whose author is who wrote or reacted."""
PLACE = "event:hidden"

_HEAD_BYTES = 400
"""Stream, epoch, seq, time and author stand within so many bytes of an event's body."""
_BY = re.compile(rb'"by":\{"user_id":"([0-9a-f-]{36})"')
_NOBODY = b'"by":{"user_id":null,"device_id":null},"op_id":null,"data":{}}'


def author_of(event: LogEvent) -> str | None:
    """Who wrote or reacted; None for events that no block hides."""
    if event.name not in HIDEABLE:
        return None
    found = _BY.search(event.body, 0, _HEAD_BYTES)
    return found[1].decode() if found is not None else None


def place_of(event: LogEvent) -> LogEvent:
    """What is left of a hidden event: its place."""
    start = event.body.index(b'"by":', 0, _HEAD_BYTES)
    return LogEvent(event.seq, PLACE, event.body[:start] + _NOBODY)


def seen_by(event: LogEvent, hidden: AbstractSet[str]) -> LogEvent:
    """An event as somebody sees it to whom `hidden` are not to be shown."""
    return place_of(event) if hidden and author_of(event) in hidden else event


def caught_up(events: list[NamedEnvelope], hidden: AbstractSet[str]) -> list[NamedEnvelope]:
    """The same for events of a catch-up."""
    return [_place_of(e) if e.event in HIDEABLE and e.by.user_id in hidden else e for e in events]


def ephemeral(event: str, data: bytes, hidden: AbstractSet[str]) -> bytes | None:
    """The data of an ephemeral event without those who are `hidden`; None: nothing is left."""
    if not any(user_id.encode() in data for user_id in hidden):
        return data
    told: Any = msgspec.json.decode(data)
    match event:
        case "typing:updated":
            told["user_ids"] = [user for user in told["user_ids"] if user not in hidden]
        case "read:updated" | "delivered:updated":
            return None
        case "presence:diff":
            told["upserts"] = {u: v for u, v in told["upserts"].items() if u not in hidden}
            told["leaves"] = [user for user in told["leaves"] if user not in hidden]
            if not (told["upserts"] or told["leaves"]):
                return None
        case "sync:stats":
            told["members"] = [m for m in told["members"] if m["user_id"] not in hidden]
        case _:
            return data
    return msgspec.json.encode(told)


def _place_of(event: NamedEnvelope) -> NamedEnvelope:
    return NamedEnvelope(
        PLACE, event.stream, event.epoch, event.seq, event.at, By(None, None), None, Raw(b"{}")
    )
