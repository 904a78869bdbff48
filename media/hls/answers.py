"""HTTP answers with bytes: conditional requests, one range, HEAD (RFC 9110 §13, §14)."""

import re

from aiohttp import web
from msgspec import Struct

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class Body(Struct, frozen=True):
    """Something to send, whole in memory."""

    data: bytes
    content_type: str
    etag: str
    """Without quotes; strong: equal only for equal bytes."""
    cache_control: str


def answer(request: web.Request, body: Body) -> web.Response:
    """`body` as the request wants it: whole, a part of it, or nothing because it is known.

    More ranges than one, and ranges that are none, are answered with 416 and the whole length.
    """
    headers = {
        "ETag": f'"{body.etag}"',
        "Cache-Control": body.cache_control,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if _is_known(request.headers.get("If-None-Match"), body.etag):
        return web.Response(status=304, headers=headers)
    size = len(body.data)
    wanted = request.headers.get("Range")
    if wanted is None or not _is_same(request.headers.get("If-Range"), body.etag):
        return web.Response(body=body.data, content_type=body.content_type, headers=headers)
    part = _part(wanted, size)
    if part is None:
        headers["Content-Range"] = f"bytes */{size}"
        return web.Response(status=416, headers=headers)
    start, end = part
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return web.Response(
        status=206, body=body.data[start:end], content_type=body.content_type, headers=headers
    )


def _is_known(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison with each of a list of tags (§13.1.2)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or f'"{etag}"' in tags


def _is_same(if_range: str | None, etag: str) -> bool:
    """Strong comparison; a date never matches, for nothing here is known by its date (§13.1.5)."""
    return if_range is None or if_range.strip() == f'"{etag}"'


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the one range asked for; None when it cannot be given."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(size - int(suffix), 0), size
    else:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
    return (start, end) if start < end else None
