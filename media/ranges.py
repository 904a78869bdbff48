"""Byte ranges of HTTP (RFC 9110 §14): one range, or the whole."""

import re

from msgspec import Struct

_SINGLE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.ASCII)


class Span(Struct, frozen=True):
    """Bytes `start` to `end`, the end not included."""

    start: int
    end: int


class NotSatisfiable(Exception):
    """The range lies outside of what there is: 416."""


def parse_range(header: str | None, size_bytes: int) -> Span | None:
    """The span that a Range header asks for; None means: send the whole.

    Several ranges, other units and nonsense are ignored, as RFC 9110 §14.2 allows: the whole
    object answers them, and nobody can ask for ten thousand pieces at once.

    Raises:
        NotSatisfiable: a single well-formed range that begins behind the end.
    """
    found = _SINGLE.fullmatch(header.replace(" ", "")) if header is not None else None
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        length = int(found["last"])
        if length == 0 or size_bytes == 0:
            raise NotSatisfiable
        return Span(max(0, size_bytes - length), size_bytes)
    first = int(found["first"])
    last = int(found["last"]) if found["last"] else size_bytes - 1
    if last < first and found["last"]:
        return None
    if first >= size_bytes:
        raise NotSatisfiable
    return Span(first, min(last, size_bytes - 1) + 1)
