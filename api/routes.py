"""Every path of the REST door on one page: method, path, handler, who may call, how often."""

from aiohttp import web

from api import auth, sessions
from api.limits import CHECK_USERNAME, GUEST, LOGIN, REFRESH, REGISTER, STREAM_TOKEN
from api.parts import Api
from api.routing import Route, guarded
from api.schemas.auth import (
    CsrfToken,
    Entered,
    Guest,
    LogIn,
    Refresh,
    Register,
    Revoked,
    SessionEntry,
    SessionStats,
    SignedIn,
    StreamToken,
    TokenTest,
    User,
    UsernameCheck,
    UsernameQuery,
)

AUTH = "/api/v1/auth"
SESSIONS = "/api/v1/sessions"

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("POST", f"{AUTH}/register", auth.register, "public", REGISTER,
          body=Register, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/login", auth.log_in, "public", LOGIN,
          body=LogIn, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/refresh", auth.refresh, "public", REFRESH,
          body=Refresh, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/logout", auth.log_out, "public", body=Refresh),
    Route("POST", f"{AUTH}/guest", auth.enter_as_guest, "public", GUEST,
          body=Guest, answer=Entered, by_address=True),
    Route("GET", f"{AUTH}/me", auth.me, "session", answer=User),
    Route("GET", f"{AUTH}/test", auth.test_token, "session", answer=TokenTest),
    Route("GET", f"{AUTH}/check-username", auth.check_username, "public", CHECK_USERNAME,
          query=UsernameQuery, answer=UsernameCheck),
    Route("POST", f"{AUTH}/stream-token", auth.stream_token, "session", STREAM_TOKEN,
          answer=StreamToken),
    Route("GET", "/api/v1/csrf-token", auth.csrf, "public", answer=CsrfToken),

    Route("GET", SESSIONS, sessions.list_sessions, "session", answer=SessionEntry, is_list=True),
    Route("GET", f"{SESSIONS}/stats", sessions.session_stats, "session", answer=SessionStats),
    Route("POST", f"{SESSIONS}/logout", auth.log_out, "public", body=Refresh),
    Route("POST", f"{SESSIONS}/logout-all", sessions.log_out_all, "session", answer=Revoked),
    Route("POST", f"{SESSIONS}/logout-others", sessions.log_out_others, "session", answer=Revoked),
    Route("POST", f"{SESSIONS}/refresh", auth.refresh, "public", REFRESH,
          body=Refresh, answer=SignedIn, by_address=True),
    Route("DELETE", SESSIONS + "/{session_id}", sessions.revoke_session, "session",
          answer=Revoked),
)
# fmt: on


def mount(app: web.Application, api: Api) -> None:
    """Add every route to `app`, whose middlewares are `answer_errors` and `identify`."""
    for route in ROUTES:
        handler = guarded(route, api)
        if route.method == "GET":
            app.router.add_get(route.path, handler)  # answers HEAD too
        else:
            app.router.add_route(route.method, route.path, handler)
