"""Who is calling: the token of a request, and whether the session behind it still lives."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from api.claims import Claims
from api.tokens import TokenRevoked, Tokens
from rooms.access import Principal
from rooms.errors import HubError, Unauthenticated
from storage.accounts.sessions import Sessions, Standing

ACCESS_COOKIE = "veza_access"
TOKEN_ERROR: web.RequestKey[HubError | None] = web.RequestKey("token_error", HubError)
"""What was wrong with the token that came along."""
BY_COOKIE: web.RequestKey[bool] = web.RequestKey("by_cookie", bool)
"""True when the token came as a cookie, which a browser sends unasked."""


class Authenticator:
    """Turns an access token into a caller, for REST requests and for sockets alike."""

    def __init__(self, tokens: Tokens, sessions: Sessions) -> None:
        self._tokens = tokens
        self._sessions = sessions

    async def authenticate(self, token: str) -> Principal:
        """The caller as his account stands now: a role taken away is gone at once.

        Raises:
            Unauthenticated: UNAUTHENTICATED, or TOKEN_EXPIRED (refresh), or TOKEN_REVOKED (the
                session has ended, the account is closed, or its tokens were voided).
            Unavailable: PostgreSQL cannot be asked; nobody is let in unasked.
        """
        return await self.standing(self.read(token))

    def read(self, token: str) -> Claims:
        """The claims of a sound token, whose sign-in has yet to be asked for (`principal_now`).

        Raises:
            Unauthenticated: UNAUTHENTICATED or TOKEN_EXPIRED.
        """
        return self._tokens.read(token)

    async def standing(self, claims: Claims) -> Principal:
        """The caller behind claims that were verified before; raises as `authenticate`."""
        return principal_now(claims, await self._sessions.standing(claims.sid))


def principal_now(claims: Claims, standing: Standing | None) -> Principal:
    """The caller behind verified claims, as his account stands at this moment.

    Raises:
        TokenRevoked: the session has ended, the account is closed, or its tokens were voided.
    """
    if (
        standing is None
        or not standing.is_alive
        or standing.user_id != claims.sub
        or standing.token_version != claims.ver
        or standing.room_id != claims.room
    ):
        raise TokenRevoked("This session has ended. Sign in again.")
    return Principal(
        user_id=standing.user_id,
        session_id=standing.session_id,
        username=standing.username,
        display_name=standing.display_name,
        role=standing.role,
        room_id=standing.room_id,
        expires_at_ms=claims.exp * 1000,
    )


def identify(authenticator: Authenticator) -> Middleware:
    """Middleware that sets `request["principal"]`, and for `caller` what was wrong, if anything.

    A bad token is no error here: a public page must open although a stale cookie came along. Who
    needs a caller asks `caller`, which raises what was found wrong.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        bearer = _bearer(request)
        token = bearer if bearer is not None else request.cookies.get(ACCESS_COOKIE)
        request["principal"] = None
        request[TOKEN_ERROR] = None
        request[BY_COOKIE] = bearer is None and token is not None
        if token is not None:
            try:
                request["principal"] = await authenticator.authenticate(token)
            except HubError as error:
                request[TOKEN_ERROR] = error
        return await handler(request)

    return middleware


def caller(request: web.Request) -> Principal:
    """The verified caller of this request.

    Raises:
        Unauthenticated: there is no token, or what was wrong with it.
        Unavailable: it could not be checked.
    """
    principal: Principal | None = request["principal"]
    if principal is None:
        error: HubError | None = request[TOKEN_ERROR]
        raise error if error is not None else Unauthenticated("Sign in first.")
    return principal


def maybe_caller(request: web.Request) -> Principal | None:
    """The caller of a public address; None for a stranger and for one whose token has expired."""
    principal: Principal | None = request["principal"]
    return principal


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
