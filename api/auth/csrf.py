"""Requests that another site makes a browser send, with our cookies attached.

A write that is authenticated by a cookie has to come from a page of ours (the browser says so in
Sec-Fetch-Site or Origin, which no script can forge) or carry the session's CSRF token. A bearer
token is proof enough: no other site has it. The CSRF token is a keyed hash of the session, so it
needs no store and works as well without Redis.
"""

import hashlib
import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web

from rooms.errors import Forbidden

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfInvalid(Forbidden):
    """The request may have been made by another site."""

    default_code = "CSRF_INVALID"


def csrf_token(secret: bytes, session_id: str) -> str:
    """The token of one session; "" is the session of a stranger."""
    return hmac.new(secret, b"csrf\0" + session_id.encode(), hashlib.sha256).hexdigest()


def refuse_forged(
    request: web.Request, secret: bytes, session_id: str, allowed_origins: Collection[str]
) -> None:
    """Check a write that came with a cookie.

    Raises:
        CsrfInvalid: neither from a page of ours nor with the session's token.
    """
    if request.method in SAFE_METHODS or is_own_page(request, allowed_origins):
        return
    given = request.headers.get(CSRF_HEADER, "")
    wanted = csrf_token(secret, session_id)
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise CsrfInvalid(
            f"This request did not come from a page of ours. Send {CSRF_HEADER}"
            " with the token of GET /api/v1/csrf-token."
        )


def refuse_foreign_page(request: web.Request, allowed_origins: Collection[str]) -> None:
    """For addresses that set cookies: nobody signs a visitor in from another site's page.

    A client that is no browser names no origin, and may.

    Raises:
        CsrfInvalid: a browser says that the page is another site's.
    """
    names_origin = "Sec-Fetch-Site" in request.headers or "Origin" in request.headers
    if names_origin and not is_own_page(request, allowed_origins):
        raise CsrfInvalid("This request comes from a page of another site.")


def is_own_page(request: web.Request, allowed_origins: Collection[str]) -> bool:
    """True when the browser says that a page of ours sent this."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in allowed_origins or urlsplit(origin).netloc == request.host
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
