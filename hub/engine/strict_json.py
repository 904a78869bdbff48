"""JSON from the wire, read so that every reader in the room reads the same value.

Refused beyond what JSON itself refuses: a key given twice, numbers that are not the same in a
browser (|n| >= 2**53, infinity), deep nesting, and text that PostgreSQL cannot store (NUL, lone
surrogates), which is a mistake of content rather than of form.
"""

import json
import math
import re
from typing import Any

import orjson

_MAX_INTEGER = 2**53
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A string, or the rest when it never ends: linear time whatever a client sends."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadJson(ValueError):
    """Not the JSON we take; the message says why."""


class BadText(ValueError):
    """Sound JSON with text that no store and no screen takes; `path` names the value."""

    def __init__(self, path: str) -> None:
        super().__init__(f"text at {path} holds a NUL or half a surrogate pair")
        self.path = path


def loads(raw: bytes, max_depth: int) -> Any:
    """The value of one JSON text in UTF-8.

    orjson reads it. When writing it again gives the very bytes that came (as it does for what
    JSON.stringify writes), no key was doubled and no number changed: 0.9 µs for 200 bytes, against
    4.5 µs for the standard library's parser with hooks, which judges the rest.

    Raises:
        BadJson: malformed, ambiguous or too deep.
        BadText: NUL or a lone surrogate in a string.
    """
    if raw.count(b"[") + raw.count(b"{") > max_depth:
        _check_depth(raw, max_depth)
    try:
        value = orjson.loads(raw)
        same = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == raw
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, TypeError):
        same = False
    if same and b"\\u0000" not in raw:
        return value
    return _loads_slowly(raw)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these members.

    Raises:
        BadJson: a key is given twice.
    """
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadJson("a key is given twice")
    return value


def is_exact(number: float) -> bool:
    """Whether a number is the same in every browser; whole ones are below 2**53."""
    return abs(number) < _MAX_INTEGER if isinstance(number, int) else math.isfinite(number)


def _loads_slowly(raw: bytes) -> Any:
    try:
        value = _DECODER.decode(raw.decode())
    except BadJson:
        raise
    except (ValueError, RecursionError) as error:
        raise BadJson(str(error)[:100]) from None
    if (path := _bad_text(value, "")) is not None:
        raise BadText(path)
    return value


def _integer(text: str) -> int:
    if len(text) <= 17 and is_exact(value := int(text)):
        return value
    raise BadJson("an integer is beyond 2**53")


def _float(text: str) -> float:
    value = float(text)
    if is_exact(value):
        return value
    raise BadJson("a number is infinite")


def _refuse_constant(name: str) -> Any:
    raise BadJson(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=unique,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_refuse_constant,
)


def _check_depth(raw: bytes, max_depth: int) -> None:
    depth = 0
    for byte in _STRING.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > max_depth:
                raise BadJson(f"nested deeper than {max_depth}")
        elif byte in b"]}":
            depth -= 1


def _bad_text(value: Any, path: str) -> str | None:
    """Path of the first string with a NUL or a lone surrogate; keys count as text."""
    if isinstance(value, str):
        return path if "\0" in value or _SURROGATE.search(value) else None
    if isinstance(value, list):
        inner = ((f"{path}[{i}]", item) for i, item in enumerate(value))
    elif isinstance(value, dict):
        for key in value:
            if _bad_text(key, "") is not None:
                return path or "payload"
        inner = ((f"{path}.{key}" if path else key, item) for key, item in value.items())
    else:
        return None
    return next((bad for where, item in inner if (bad := _bad_text(item, where)) is not None), None)
