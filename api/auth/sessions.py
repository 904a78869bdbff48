"""/api/v1/sessions: the places where an account is signed in."""

import re

from aiohttp import web

from api.auth import cookies
from api.auth.principals import caller
from api.auth.signing_in import tell_revoked
from api.envelope import ok
from api.parts import Api
from api.schemas.auth import Revoked, SessionEntry, SessionStats
from api.times import utc
from rooms.errors import NotFound
from rooms.ids import UUID_PATTERN


async def list_sessions(request: web.Request, api: Api) -> web.Response:
    """The caller's sessions that still work."""
    principal = caller(request)
    entries = [
        SessionEntry(
            id=row.id,
            current=row.id == principal.session_id,
            ip_address=row.ip_address,
            user_agent=row.user_agent,
            created_at=utc(row.created_at),
            last_used_at=utc(row.last_used_at),
            expires_at=utc(row.expires_at),
        )
        for row in await api.sessions.alive(principal.user_id)
    ]
    return ok(entries, "Active sessions")


async def session_stats(request: web.Request, api: Api) -> web.Response:
    """The same in figures."""
    rows = await api.sessions.alive(caller(request).user_id)
    return ok(
        SessionStats(
            active=len(rows),
            addresses=len({row.ip_address for row in rows}),
            oldest_created_at=utc(min(row.created_at for row in rows)) if rows else None,
            last_used_at=utc(rows[0].last_used_at) if rows else None,
        ),
        "Session statistics",
    )


async def revoke_session(request: web.Request, api: Api) -> web.Response:
    """End one of the caller's sessions; another's is as unknown as none."""
    principal = caller(request)
    session_id = request.match_info["session_id"].lower()
    if re.search(UUID_PATTERN, session_id) is None:
        raise NotFound("There is no such session.")
    if not await api.sessions.revoke_own(session_id, principal.user_id, "revoked"):
        raise NotFound("There is no such session.")
    await tell_revoked(api, principal.user_id, [session_id], "revoked")
    response = ok(Revoked(1), "Session ended")
    if session_id == principal.session_id:
        cookies.clear(response)
    return response


async def log_out_all(request: web.Request, api: Api) -> web.Response:
    """Sign out everywhere, here too."""
    principal = caller(request)
    ended = await api.sessions.revoke_all(principal.user_id, "logout_all")
    await tell_revoked(api, principal.user_id, ended, "logout_all")
    response = ok(Revoked(len(ended)), "Signed out everywhere")
    cookies.clear(response)
    return response


async def log_out_others(request: web.Request, api: Api) -> web.Response:
    """Sign out everywhere but here."""
    principal = caller(request)
    ended = await api.sessions.revoke_all(
        principal.user_id, "logout_others", keep_session_id=principal.session_id
    )
    await tell_revoked(api, principal.user_id, ended, "logout_others")
    return ok(Revoked(len(ended)), "Signed out on the other devices")
