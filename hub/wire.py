"""Socket.IO packets as text, encoded once and sent to many; and strict JSON for what comes in."""

from typing import Any

import msgspec
import orjson

from rooms.errors import HubError

MAX_DEPTH = 16
"""Nesting of a payload; nothing in the protocol needs half of it."""
MAX_SAFE_INTEGER = 2**53
"""Larger integers are not the same number in a browser."""


def event_frame(name: str, body: bytes) -> str:
    """An EVENT packet of the default namespace whose one argument is the JSON `body`."""
    return f'2["{name}",{body.decode()}]'


def ack_frame(ack_id: int, body: bytes) -> str:
    """An ACK packet of the default namespace whose one argument is the JSON `body`."""
    return f"3{ack_id}[{body.decode()}]"


def success(data: Any, seq: int | None = None) -> bytes:
    """Ack of something done; `data` may be a Struct, JSON values, or raw JSON."""
    if seq is None:
        return msgspec.json.encode({"ok": True, "data": data})
    return msgspec.json.encode({"ok": True, "data": data, "seq": seq})


def failure(error: HubError, request_id: str) -> bytes:
    """Ack of something refused."""
    return msgspec.json.encode({"ok": False, "error": error.as_dict(request_id)})


def loads(text: str | bytes) -> Any:
    """JSON of the wire: UTF-8, no NaN, no lone surrogate, bounded depth and integers.

    Raises:
        ValueError: anything else.
    """
    value = orjson.loads(text)
    opening = b"[{" if isinstance(text, bytes) else "[{"
    if sum(text.count(mark) for mark in _marks(opening)) > MAX_DEPTH:
        _check_depth(value, MAX_DEPTH)
    return value


def dumps(value: Any, **_: Any) -> str:
    """JSON for python-socketio, which passes json.dumps' options along."""
    return orjson.dumps(value).decode()


def _marks(opening: Any) -> list[Any]:
    return [opening[:1], opening[1:]]


def _check_depth(value: Any, left: int) -> None:
    if not isinstance(value, (dict, list)):
        return
    if left == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, left - 1)


def encode(value: Any) -> bytes:
    """JSON of a Struct or of plain values."""
    return msgspec.json.encode(value)
