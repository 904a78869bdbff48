"""The payload of a call: read as its struct, or refused field by field."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.errors import FieldError, Invalid

_PATH = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")


def decode(args: Sequence[Any], kind: type[Struct]) -> Any:
    """The one payload object of a call, as its struct.

    Raises:
        Invalid: not exactly one object, or one that breaks the schema; names the field.
    """
    if len(args) > 1:
        raise Invalid.field("payload", "TOO_MANY_ARGUMENTS", "Send one payload object.")
    payload = args[0] if args else {}
    if not isinstance(payload, dict):
        raise Invalid.field("payload", "NOT_AN_OBJECT", "The payload has to be an object.")
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise refused(error) from None


def refused(error: msgspec.ValidationError) -> Invalid:
    """The refusal of msgspec as field, code and message."""
    text = str(error)
    found = _PATH.search(text)
    path = found["path"] if found else ""
    message = text[: found.start()] if found else text
    if missing := re.match(r"Object missing required field `(?P<name>[^`]+)`", message):
        path = f"{path}.{missing['name']}".lstrip(".")
        field = FieldError(path, "REQUIRED", f"`{path}` is missing.")
    elif "length" in message:
        field = FieldError(path, "TOO_LONG" if "<=" in message else "TOO_SHORT", message)
    elif "matching regex" in message:
        field = FieldError(path, "INVALID_FORMAT", f"`{path}` has the wrong format.")
    else:
        field = FieldError(path or "payload", "INVALID", message)
    return Invalid(f"{field.field}: {field.message}", fields=(field,))
