"""From the bytes of a request to a checked struct, or to one error that names every bad field."""

import asyncio
import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from rooms.errors import FieldError, HubError, Invalid, TooLarge
from rooms.text import is_showable

T = TypeVar("T", bound=Struct)

MAX_JSON_BYTES = 64 * 1024
READ_DEADLINE_S = 30
"""A body that trickles in is cut off: one byte a second would hold a connection for hours."""

_LENGTH = re.compile(r"^Expected `(?P<kind>\w+)` of length (?P<sign>[<>]=?) (?P<bound>\d+)")
_RANGE = re.compile(r"^Expected `\w+` (?P<sign>[<>]=?) (?P<bound>-?\d+)")
_KIND = re.compile(r"^Expected `(?P<kind>[^`]+)`, got `(?P<given>[^`]+)`")
_HIDDEN = "hidden"
_AT = re.compile(r" - at `[^`]*`$")


class UnsupportedMediaType(HubError):
    """The body is of a type that this address does not read."""

    status = 415
    default_code = "UNSUPPORTED_MEDIA_TYPE"


class RequestTimeout(HubError):
    """The body did not arrive in time."""

    status = 408
    default_code = "REQUEST_TIMEOUT"


async def read_json(request: web.Request, kind: type[T], *, optional: bool = False) -> T:
    """The JSON object of the request as `kind`; with `optional` an absent body is an empty one.

    The type has to be declared: a form of another site cannot send application/json without being
    asked by the browser first, which is half of the defence against forged requests.

    Raises:
        UnsupportedMediaType: it is declared as something else.
        TooLarge: more than 64 KiB.
        RequestTimeout: not all of it came within 30 s.
        Invalid: VALIDATION_ERROR, with every field that is at fault.
    """
    if optional and not request.can_read_body:
        return checked({}, kind)
    if request.content_type != "application/json":
        raise UnsupportedMediaType("Send the body as Content-Type: application/json.")
    return checked(strict_object(await read_body(request)), kind)


def read_query(request: web.Request, kind: type[T]) -> T:
    """The query string as `kind`: numbers and booleans from their text, unknown names ignored.

    A name given twice is refused: the next reader might take the other value.
    """
    if not request.query_string:
        nothing: T = _nothing_given(kind)
        return nothing
    query = request.query
    known = [name for name in _fields(kind) if name in query]
    if len(query) > len(known) and (twice := [n for n in known if len(query.getall(n)) > 1]):
        raise invalid([FieldError(name, "DUPLICATE", "Give this once.") for name in twice])
    given = {name: value for name in known if (value := query[name]) != ""}
    return checked(given, kind, strict=False)


def strict_object(raw: bytes, code: str = "VALIDATION_ERROR") -> dict[str, Any]:
    """A JSON object, read so that no two readers could disagree about it.

    Raises:
        Invalid: not UTF-8, no JSON, no object, a name given twice, NaN, nested without end.
    """
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_no_duplicates, parse_float=_number)
        msgspec.json.decode(raw)  # refuses NaN, lone surrogates, a byte order mark
    except (ValueError, RecursionError) as exc:
        reason = str(exc) if isinstance(exc, _Duplicate) else "The body is no valid JSON."
        raise Invalid(reason, code, fields=(FieldError("body", "INVALID_JSON", reason),)) from None
    if not isinstance(value, dict):
        reason = "The body has to be a JSON object."
        raise Invalid(reason, code, fields=(FieldError("body", "NOT_AN_OBJECT", reason),))
    return value


def checked(
    given: Mapping[str, Any], kind: type[T], *, strict: bool = True, code: str = "VALIDATION_ERROR"
) -> T:
    """`given` as `kind`.

    Args:
        given: field values by wire name.
        kind: what they should be; its `HINTS` (field → sentence) say what a pattern means, its
            `BLOCKS` name the fields of several lines.
        strict: False reads numbers and booleans from text, for query strings and forms.
        code: error code of the whole answer.

    Raises:
        Invalid: with one FieldError for each field that is unknown, missing or wrong.
    """
    values: dict[str, Any] = {}
    wanted = _fields(kind)
    hints: Mapping[str, str] = getattr(kind, "HINTS", {})
    blocks: Collection[str] = getattr(kind, "BLOCKS", ())
    errors = [
        FieldError(name[:64], "UNKNOWN_FIELD", "There is no such field.")
        for name in sorted(set(given) - set(wanted))
    ]
    for name, field in wanted.items():
        if name not in given:
            if field.default is NODEFAULT and field.default_factory is NODEFAULT:
                errors.append(FieldError(name, "REQUIRED", "This field is required."))
            continue
        try:
            value = msgspec.convert(given[name], field.type, strict=strict)
            _refuse_hidden(msgspec.to_builtins(value), lines=name in blocks)
            if value is None and not strict and given[name] is not None:
                raise msgspec.ValidationError("null is a word here, and no value")
            values[field.name] = value
        except msgspec.ValidationError as exc:
            errors.append(_explain(name, _AT.sub("", str(exc)), hints.get(name)))
    if errors:
        raise invalid(errors, code)
    return kind(**values)


@cache
def _fields(kind: type[Struct]) -> Mapping[str, FieldInfo]:
    """Fields by wire name; msgspec finds them anew at each call, which took 9 us a request."""
    return {field.encode_name: field for field in fields(kind)}


@cache
def _nothing_given(kind: type[Struct]) -> Any:
    """What an empty query string says; raises as `checked` where something is required."""
    return checked({}, kind, strict=False)


def invalid(errors: list[FieldError], code: str = "VALIDATION_ERROR") -> Invalid:
    """One error for all the fields at fault; its message is about the first."""
    first = errors[0]
    return Invalid(f"Validation failed: {first.field}: {first.message}", code, fields=tuple(errors))


def _number(text: str) -> int | float:
    """A number without a fraction is an integer, however it is written (JSON Schema §6.1.1)."""
    number = float(text)
    return int(number) if number.is_integer() else number


class _Duplicate(ValueError):
    """A name is given twice in one object."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _Duplicate("The body gives a name twice.")
    return names


def _refuse_hidden(given: Any, *, lines: bool) -> None:
    if not all(is_showable(text, lines=lines) for text in _texts(given)):
        raise msgspec.ValidationError(_HIDDEN)


def _texts(value: Any) -> list[str]:
    """Every string within a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in (*value, *value.values()) for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return []


def _explain(name: str, reason: str, hint: str | None) -> FieldError:
    """What msgspec says, as a code and a sentence."""
    if reason == _HIDDEN:
        return FieldError(name, "BAD_CHARACTERS", "Hidden or control characters are not allowed.")
    if found := _LENGTH.match(reason):
        unit = {"array": "entries", "object": "entries"}.get(found["kind"], "characters")
        if found["sign"].startswith(">"):
            return FieldError(name, "TOO_SHORT", f"At least {found['bound']} {unit}.")
        return FieldError(name, "TOO_LONG", f"At most {found['bound']} {unit}.")
    if found := _RANGE.match(reason):
        least = found["sign"].startswith(">")
        word = "least" if least else "most"
        return FieldError(name, "OUT_OF_RANGE", hint or f"At {word} {found['bound']}.")
    if "matching regex" in reason:
        return FieldError(name, "INVALID_FORMAT", hint or "This has not the right format.")
    if reason.startswith("Invalid enum value"):
        return FieldError(name, "INVALID_VALUE", hint or "This is none of the allowed values.")
    if found := _KIND.match(reason):
        return FieldError(
            name, "INVALID_TYPE", hint or f"Expected {found['kind']}, got {found['given']}."
        )
    return FieldError(name, "INVALID_VALUE", hint or "This value is not allowed.")


async def read_body(request: web.Request) -> bytes:
    """A small body, whole.

    Raises:
        TooLarge: more than 64 KiB.
        RequestTimeout: not all of it came within 30 s.
    """
    if request.content_length is not None and request.content_length > MAX_JSON_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(READ_DEADLINE_S):
            async for piece in request.content.iter_chunked(16 * 1024):
                body += piece
                if len(body) > MAX_JSON_BYTES:
                    raise _too_large()
    except TimeoutError as exc:
        raise RequestTimeout("The request took too long to arrive.") from exc
    return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(f"A request here is at most {MAX_JSON_BYTES // 1024} KiB.")
