"""What stands before every handler: who may come in, how often, and with what size of body."""

from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from api.auth.csrf import refuse_forged
from api.auth.principals import BY_COOKIE, TOKEN_ERROR, caller, maybe_caller
from api.bodies import MAX_JSON_BYTES
from api.envelope import QUOTA_HEADERS, bare_failure
from api.limits import Allowance
from api.parts import Api
from api.schemas.pages import PageMeta
from rooms.errors import Forbidden, HubError, RateLimited, TooLarge
from storage.rate_limits import Quota

Access = Literal["public", "optional", "session", "account", "creator", "secret"]
"""Who may call: anybody; anybody, a caller sees more; whoever is signed in, guests too; whoever has
an account; whoever may upload; who knows a secret that the handler itself checks."""

CREATORS = frozenset({"content_creator", "moderator", "admin"})

Endpoint = Callable[[web.Request, Api], Awaitable[web.StreamResponse]]


class Route(Struct, frozen=True):
    """One address: method and path, its handler, and the rules before it."""

    method: str
    path: str
    handle: Endpoint
    access: Access
    allowance: Allowance | None = None
    body: type[Struct] | None = None
    """Schema of a JSON body, for the documentation; the handler reads it."""
    needs_body: bool = True
    """False when the body may be left out."""
    urlencoded: type[Struct] | None = None
    """Schema of a body of form fields; the handler reads it."""
    form: type[Struct] | None = None
    """Schema of the field `metadata` of a form whose file is `audio`."""
    file: str | None = None
    """Name of the one file of a form, which the handler reads itself."""
    query: type[Struct] | None = None
    """Schema of the query string."""
    answer: type[Struct] | None = None
    """Schema of `data`; a list route has many of it."""
    is_list: bool = False
    meta: type[Struct] = PageMeta
    """Schema of `meta` of a list with a query."""
    streams: bool = False
    """The handler reads the body itself, piece by piece, and knows its own limit."""
    media: str | None = None
    """Content type of an answer that is no JSON."""
    bare: bool = False
    """Answers as the library does: no envelope, `detail` for errors (C03, C04)."""
    by_address: bool = False
    """Counted by network address, also for a caller who is known."""


def guarded(route: Route, api: Api) -> Handler:
    """The handler behind its rules."""

    async def handle(request: web.Request) -> web.StreamResponse:
        refuse_large_body(request, route)
        refuse_stranger(request, route)
        principal = maybe_caller(request)
        if (
            principal is not None
            and request[BY_COOKIE]
            and route.access not in ("public", "secret")
        ):
            refuse_forged(request, api.csrf_secret, principal.session_id, api.allowed_origins)
        await count_request(request, route, api)
        return await route.handle(request, api)

    async def handle_bare(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except HubError as error:
            if error.status >= 500:
                raise  # logged where all of them are
            return bare_failure(error, "query" if route.body is None else "body")

    return handle_bare if route.bare else handle


def refuse_stranger(request: web.Request, route: Route) -> None:
    """Raises unless the caller may use the route at all; the handler knows what he may do there."""
    if route.access in ("public", "secret"):
        return
    if route.access == "optional":
        # A token sent on purpose and found bad is an error; a stale cookie is not.
        if request[TOKEN_ERROR] is not None and not request[BY_COOKIE]:
            caller(request)
        return
    principal = caller(request)
    if route.access == "session":
        return
    if principal.is_guest:
        raise Forbidden("Guests cannot do this. Create an account.")
    if route.access == "creator" and principal.role not in CREATORS:
        raise Forbidden("This account may not upload. Ask an administrator.")


def refuse_large_body(request: web.Request, route: Route) -> None:
    """An announced body that nobody is going to read is refused before it arrives."""
    length = request.content_length
    if not route.streams and length is not None and length > MAX_JSON_BYTES:
        raise TooLarge(f"A request here is at most {MAX_JSON_BYTES // 1024} KiB.")


async def count_request(request: web.Request, route: Route, api: Api) -> None:
    """Raises RateLimited (RATE_LIMIT_EXCEEDED) past the route's allowance."""
    if route.allowance is None:
        return
    principal = None if route.by_address else maybe_caller(request)
    who = principal.user_id if principal is not None else request.remote or "unknown"
    quota = await api.limiter.hit(f"{route.allowance.name}:{who}", route.allowance.limit)
    if quota is None:
        return
    request[QUOTA_HEADERS] = _headers(quota)
    if quota.retry_after_ms is not None:
        raise RateLimited(
            "Too many requests. Wait a moment.",
            "RATE_LIMIT_EXCEEDED",
            retry_after_ms=quota.retry_after_ms,
        )


def _headers(quota: Quota) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(quota.limit),
        "X-RateLimit-Remaining": str(quota.remaining),
        "X-RateLimit-Reset": str(quota.reset_at_s),
    }
