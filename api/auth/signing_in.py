"""What register, login, refresh and guest share: tokens given out, cookies set, sockets told."""

import hashlib
import secrets
from collections.abc import Sequence

from aiohttp import web

from api.auth import cookies
from api.envelope import ok
from api.parts import Api
from api.schemas.auth import SignedIn, User
from api.times import utc
from api.tokens import Issued
from rooms.access import Principal
from rooms.ids import user_stream
from storage.accounts.accounts import Account

REFRESH_S = 30 * 24 * 3600
"""Renewed at each use: whoever comes once a month stays signed in."""


async def sign_in(
    request: web.Request, api: Api, account: Account, message: str, status: int = 200
) -> web.Response:
    """Begin a session for `account` and answer with its tokens."""
    refresh = new_refresh_token()
    session_id = await api.sessions.open(
        account.id,
        refresh_hash=hash_refresh(refresh),
        lifetime_s=REFRESH_S,
        ip_address=request.remote,
        user_agent=user_agent(request),
    )
    return signed_in(request, api, account, session_id, refresh, message, status)


def signed_in(
    request: web.Request,
    api: Api,
    account: Account,
    session_id: str,
    refresh: str,
    message: str,
    status: int = 200,
) -> web.Response:
    """The answer with both tokens, in the body and as cookies."""
    issued = issue(api, account, session_id)
    data = SignedIn(
        user=user_record(account),
        access_token=issued.token,
        refresh_token=refresh,
        expires_in=issued.expires_in_s,
        session_id=session_id,
    )
    response = ok(data, message, status=status)
    cookies.set_access(response, issued.token, issued.expires_in_s, request.secure)
    cookies.set_refresh(response, refresh, REFRESH_S, request.secure)
    return response


def issue(api: Api, account: Account, session_id: str) -> Issued:
    """An access token for one session of `account`."""
    principal = Principal(
        user_id=account.id,
        session_id=session_id,
        username=account.username,
        display_name=account.display_name,
        role=account.role,
        room_id=account.room_id,
    )
    return api.tokens.issue_access(principal, account.token_version, api.now_ms() // 1000)


async def tell_revoked(api: Api, user_id: str, session_ids: Sequence[str], reason: str) -> None:
    """Let every node cut the live sockets of sessions that have ended."""
    if session_ids:
        data = {"reason": reason, "session_ids": list(session_ids)}
        await api.publish(user_stream(user_id), "auth:revoked", data)


def user_record(account: Account) -> User:
    """An account as its owner sees it."""
    return User(
        id=account.id,
        seq_id=account.seq_id,
        username=account.username,
        display_name=account.display_name,
        email=account.email,
        role=account.role,
        is_guest=account.is_guest,
        is_verified=account.is_verified,
        avatar_url=account.avatar_url,
        plan=account.plan,
        room_id=account.room_id,
        created_at=utc(account.created_at),
    )


def new_refresh_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def hash_refresh(token: str) -> str:
    """What is stored of a refresh token; it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_agent(request: web.Request) -> str:
    """The browser's name for itself, fit for a text column."""
    given = request.headers.get("User-Agent", "")[:300]
    return given.encode("utf-8", "replace").decode()
