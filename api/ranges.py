"""Answers with a long body: conditional requests, one range, HEAD (RFC 9110 §13, §14).

The bytes go out as they are read; nothing is held whole in memory.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping

from aiohttp import web
from msgspec import Struct

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII)


class LongBody(Struct, frozen=True):
    """Something to send."""

    size_bytes: int
    content_type: str
    etag: str
    """Without quotes; strong: equal only for equal bytes."""
    read: Callable[[int, int], AsyncIterator[bytes]]
    """Bytes from one offset to another (exclusive)."""
    headers: Mapping[str, str]


class Span(Struct, frozen=True):
    """Bytes `start` to `end`, exclusive."""

    start: int
    end: int
    is_asked: bool
    """A range was asked for, be it all there is: players want to be told so."""


def wanted_span(request: web.Request, body: LongBody, fallback: str | None = None) -> Span | None:
    """What of `body` is asked for; None for a range that it does not have.

    Args:
        request: its header Range counts unless If-Range names other bytes.
        body: what there is.
        fallback: a range that was agreed before, when the request has none.
    """
    whole = Span(0, body.size_bytes, is_asked=False)
    given = request.headers.get("Range", fallback)
    if_range = request.headers.get("If-Range")
    if given is None or (if_range is not None and if_range.strip() != f'"{body.etag}"'):
        return whole
    found = _RANGE.fullmatch(given.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(body.size_bytes - int(suffix), 0), body.size_bytes
    else:
        start = int(first)
        end = min(int(last) + 1, body.size_bytes) if last else body.size_bytes
    return Span(start, end, is_asked=True) if start < end else None


async def send(request: web.Request, body: LongBody, span: Span | None) -> web.StreamResponse:
    """Send `span` of `body`, or say that it is known (304) or not there (416)."""
    headers = {
        "ETag": f'"{body.etag}"',
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        **body.headers,
    }
    if _is_known(request.headers.get("If-None-Match"), body.etag):
        return web.Response(status=304, headers=headers)
    if span is None:
        headers["Content-Range"] = f"bytes */{body.size_bytes}"
        return web.Response(status=416, headers=headers)
    response = web.StreamResponse(headers=headers)
    response.content_type = body.content_type
    response.content_length = span.end - span.start
    if span.is_asked:
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{body.size_bytes}"
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in body.read(span.start, span.end):
            await response.write(piece)
    await response.write_eof()
    return response


def _is_known(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison with each of a list of tags (§13.1.2)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or f'"{etag}"' in tags
