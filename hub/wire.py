"""Packets encoded once and sent to many, and the two forms of an ack."""

from typing import Any

import msgspec

from hub.engine import EncodedEvent, event_from_json
from rooms.errors import HubError


def event_frame(name: str, body: bytes, offset: bytes | None = None) -> EncodedEvent:
    """An event whose one argument is the JSON `body`; `offset` follows it (hub/recovery)."""
    return event_from_json(name, body, offset=offset)


def ephemeral_frame(name: str, body: bytes, key: str) -> EncodedEvent:
    """The same, at most once: of one `key` a client who is behind gets only the newest."""
    return event_from_json(name, body, ephemeral=True, key=key)


def volatile_frame(name: str, body: bytes) -> EncodedEvent:
    """The same for what is soon said again: who cannot be written to does not get it at all."""
    return event_from_json(name, body, volatile=True)


def success(data: Any, seq: int | None = None) -> bytes:
    """Ack of something done; `data` may be a Struct, JSON values, or raw JSON."""
    if seq is None:
        return msgspec.json.encode({"ok": True, "data": data})
    return msgspec.json.encode({"ok": True, "data": data, "seq": seq})


def failure(error: HubError, request_id: str) -> bytes:
    """Ack of something refused."""
    return msgspec.json.encode({"ok": False, "error": error.as_dict(request_id)})


def encode(value: Any) -> bytes:
    """JSON of a Struct or of plain values."""
    return msgspec.json.encode(value)
