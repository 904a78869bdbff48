"""The two forms of every REST answer, and the middleware that writes the second of them.

{"success": true,  "message": "…", "data": …, "meta": {…}, "errors": []}
{"success": false, "message": "…", "error_code": "…", "errors": [{field, code, message}],
 "request_id": "…"}
"""

import logging
import math
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import uuid_utils
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from rooms.errors import FieldError, HubError

log = logging.getLogger(__name__)

QUOTA_HEADERS: web.RequestKey[dict[str, str]] = web.RequestKey("quota_headers", dict)
"""X-RateLimit-* of this request, put on its answer whatever that is."""

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

_WORDS = {
    400: ("BAD_REQUEST", "The request is not valid HTTP."),
    404: ("NOT_FOUND", "There is nothing at this address."),
    405: ("METHOD_NOT_ALLOWED", "This address does not take this method."),
    408: ("REQUEST_TIMEOUT", "The request took too long to arrive."),
    413: ("PAYLOAD_TOO_LARGE", "The request is larger than this address takes."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "This address takes another type of content."),
}


class Success(Struct, frozen=True, kw_only=True):
    """An answer that worked."""

    success: bool = True
    message: str
    data: Any
    errors: tuple[FieldError, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """An answer that is one page of a list."""

    success: bool = True
    message: str
    data: Any
    meta: Any
    errors: tuple[FieldError, ...] = ()


class Failure(Struct, frozen=True, kw_only=True):
    """An answer that did not work; `error_code` is the `code` of the same error on a socket."""

    success: bool = False
    message: str
    error_code: str
    errors: tuple[FieldError, ...] = ()
    request_id: str


class Detail(Struct, frozen=True):
    """What is wrong, in the library's form (C04)."""

    loc: tuple[str, ...]
    msg: str
    type: str


class BareFailure(Struct, frozen=True):
    """An answer of the library's addresses that did not work."""

    detail: str | tuple[Detail, ...]


def bare(data: Any) -> web.Response:
    """A success of the library's addresses: the data and nothing around it (C03)."""
    return _json(data, 200)


def bare_failure(error: HubError, part: Literal["query", "body"]) -> web.Response:
    """The failure form of the library's addresses; bad input is 422 there (C05).

    Args:
        error: what was wrong.
        part: of the request, in which its fields stand.
    """
    status = 422 if error.status == 400 else error.status
    if error.fields:
        details = tuple(Detail((part, f.field), f.message, f.code) for f in error.fields)
        return _json(BareFailure(details), status, _retry(error))
    return _json(BareFailure(error.message), status, _retry(error))


def ok(
    data: Any,
    message: str = "OK",
    *,
    status: int = 200,
    meta: Any = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A success; `meta` makes it a page of a list."""
    if meta is None:
        return _json(Success(message=message, data=data), status, headers)
    return _json(Page(message=message, data=data, meta=meta), status, headers)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost middleware: names the request and turns what is raised into the envelope.

    Pages and media keep aiohttp's own answers; everything under /api is told in JSON.
    """
    request_id = _request_id(request)
    request["request_id"] = request_id
    try:
        response = await handler(request)
    except HubError as error:
        response = failure(error, request_id)
        if error.status >= 500:
            log.warning(
                "rest.unavailable" if error.temporary else "rest.failed",
                extra={"request_id": request_id, "code": error.code, "path": request.path},
                exc_info=None if error.temporary else error,
            )
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/api"):
            raise
        response = _of_http(error, request_id)
        if error.status == 405:
            response.headers["Allow"] = ",".join(await _methods(request))
    except ConnectionError:
        raise  # the client is gone; there is nobody to answer
    except Exception:
        log.exception("rest.failed", extra={"request_id": request_id, "path": request.path})
        broken = HubError("Something went wrong on our side. It has been logged.")
        response = failure(broken, request_id)
    if not response.prepared:
        response.headers.setdefault(REQUEST_ID_HEADER, request_id)
        response.headers.update(request.get(QUOTA_HEADERS, {}))
    return response


def failure(error: HubError, request_id: str) -> web.Response:
    """The failure envelope of a domain error, with Retry-After when it says when to come back."""
    body = Failure(
        message=error.message, error_code=error.code, errors=error.fields, request_id=request_id
    )
    response = _json(body, error.status, _retry(error))
    if error.status in (408, 413):
        # What is still on its way will not be read: the connection cannot be used again.
        response.force_close()
    return response


def _retry(error: HubError) -> dict[str, str]:
    """When to come back, if the error says so."""
    if error.retry_after_ms is not None:
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_ms / 1000)))}
    return {"Retry-After": "1"} if error.status == 503 else {}


def _of_http(error: web.HTTPException, request_id: str) -> web.Response:
    code, message = _WORDS.get(error.status, ("HTTP_ERROR", error.reason))
    body = Failure(message=message, error_code=code, request_id=request_id)
    return _json(body, error.status)


async def _methods(request: web.Request) -> list[str]:
    """What this very address takes (RFC 9110 §15.5.6).

    aiohttp adds up all patterns that match: `/tracks/{id}` would lend its methods to
    `/tracks/chunk`. The pattern with the fewest parameters is whose address it is.
    """
    found: dict[tuple[int, str], set[str]] = {}
    for resource in request.app.router.resources():
        _, methods = await resource.resolve(request)
        if methods:
            pattern = resource.canonical
            found.setdefault((pattern.count("{"), pattern), set()).update(methods)
    return sorted(found[min(found)]) if found else []


def _json(body: Any, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


def _request_id(request: web.Request) -> str:
    """The caller's own id when it is harmless, so that his log and ours can be laid together."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid_utils.uuid4())
