"""/api/v1/auth: accounts, tokens, guests."""

import re
import secrets

import msgspec
import uuid_utils
from aiohttp import web

from api.auth import cookies
from api.auth.cookies import REFRESH_COOKIE
from api.auth.csrf import csrf_token, refuse_foreign_page
from api.auth.principals import caller, maybe_caller
from api.auth.signing_in import (
    REFRESH_S,
    hash_refresh,
    issue,
    new_refresh_token,
    sign_in,
    signed_in,
    tell_revoked,
    user_agent,
    user_record,
)
from api.bodies import invalid, read_json, read_query
from api.envelope import failure, ok
from api.parts import Api
from api.schemas.auth import (
    USERNAME_PATTERN,
    CsrfToken,
    Entered,
    Guest,
    LogIn,
    Refresh,
    Register,
    StreamToken,
    TokenTest,
    UsernameCheck,
    UsernameQuery,
)
from api.text import clean_line
from api.tokens import GUEST_ACCESS_S, TokenRevoked
from rooms.errors import Conflict, FieldError, HubError, Invalid, NotFound, Unauthenticated
from rooms.feature import Actor
from rooms.membership.commands import AcceptInvite
from rooms.times import iso
from storage.accounts.accounts import Account, Login, NewAccount
from storage.accounts.tickets import TICKET_S

RESERVED_NAMES = frozenset(
    {"admin", "administrator", "api", "guest", "hub", "me", "moderator", "null", "root", "support"}
    | {"system", "undefined", "veza"}
)


class AccountLocked(HubError):
    """Too many wrong passwords; `retry_after_ms` says how long it lasts."""

    status = 423
    default_code = "ACCOUNT_LOCKED"


async def register(request: web.Request, api: Api) -> web.Response:
    """Make an account and sign it in."""
    refuse_foreign_page(request, api.allowed_origins)
    body = await read_json(request, Register)
    if is_reserved(body.username):
        raise _name_taken()
    account = await api.accounts.register(
        NewAccount(
            username=body.username,
            email=body.email,
            password_hash=await api.passwords.hash(body.password),
            display_name=_display_name(body.display_name or body.username),
            role="content_creator" if api.creators_by_default else "user",
        )
    )
    return await sign_in(request, api, account, "Account created", status=201)


async def log_in(request: web.Request, api: Api) -> web.Response:
    """Sign in by e-mail address or user name. Unknown and wrong look alike, and take as long."""
    refuse_foreign_page(request, api.allowed_origins)
    body = await read_json(request, LogIn)
    typed = body.email or body.username
    if typed is None:
        message = "Give the e-mail address or the user name."
        raise invalid([FieldError("email", "REQUIRED", message)])
    login = await api.accounts.find_login(typed)
    subject = login.user_id if login is not None else f"?{typed}"
    # One at a time: a hundred guesses sent at once would all be checked before the fifth failure
    # is counted.
    async with api.turns.one_at_a_time(subject):
        await _refuse_locked(api, subject)
        if not await _right_password(api, login, body.password):
            await api.lockouts.failed(subject)
            if login is not None:
                await _note(request, api, login.user_id, "wrong_password")
            raise Unauthenticated("The name or the password is wrong.")
        await api.lockouts.forgive(subject)
    account = await api.accounts.get(login.user_id) if login is not None else None
    if account is None:
        raise Unauthenticated("The name or the password is wrong.")
    await _note(request, api, account.id, None)
    return await sign_in(request, api, account, "Signed in")


async def refresh(request: web.Request, api: Api) -> web.Response:
    """Trade the refresh token for new tokens. Each works once; a second use ends the session."""
    refuse_foreign_page(request, api.allowed_origins)
    body = await read_json(request, Refresh, optional=True)
    token = body.refresh_token or request.cookies.get(REFRESH_COOKIE)
    if token is None:
        raise Unauthenticated("There is no refresh token. Sign in.")
    fresh = new_refresh_token()
    rotation = await api.sessions.rotate(hash_refresh(token), hash_refresh(fresh), REFRESH_S)
    if rotation.user_id is None or rotation.session_id is None or rotation.outcome == "expired":
        return _signed_out(request, Unauthenticated("The refresh token is not valid. Sign in."))
    if rotation.outcome != "rotated":
        if rotation.outcome == "reused":
            await tell_revoked(api, rotation.user_id, [rotation.session_id], "refresh_reused")
        return _signed_out(request, TokenRevoked("This session has ended. Sign in again."))
    account = await api.accounts.get(rotation.user_id)
    if account is None:
        return _signed_out(request, TokenRevoked("This account is closed."))
    return signed_in(request, api, account, rotation.session_id, fresh, "Tokens renewed")


async def log_out(request: web.Request, api: Api) -> web.Response:
    """End this session. A refresh token will do when the access token has expired."""
    refuse_foreign_page(request, api.allowed_origins)
    body = await read_json(request, Refresh, optional=True)
    principal = maybe_caller(request)
    if principal is not None:
        found: tuple[str, str] | None = (principal.session_id, principal.user_id)
    else:
        token = body.refresh_token or request.cookies.get(REFRESH_COOKIE)
        found = await api.sessions.of_refresh(hash_refresh(token)) if token else None
    if found is None:
        caller(request)  # raises what is wrong with the access token
        raise Unauthenticated("Sign in first.")
    session_id, user_id = found
    if await api.sessions.revoke(session_id, "logout"):
        await tell_revoked(api, user_id, [session_id], "logout")
    response = ok({}, "Signed out")
    cookies.clear(response)
    return response


async def enter_as_guest(request: web.Request, api: Api) -> web.Response:
    """Come into one room by an invitation, with a name and no account.

    Whatever the invitation's answer, nothing half-made stays: a guest whom it does not let in is
    removed again.
    """
    refuse_foreign_page(request, api.allowed_origins)
    body = await read_json(request, Guest)
    display_name = _display_name(body.display_name)
    token = body.invite_token.lower()
    room_id = await api.room_of_invitation(token)
    if room_id is None:
        raise NotFound("There is no such invitation.")
    guest = await api.accounts.add_guest(
        str(uuid_utils.uuid7()), f"guest_{secrets.token_hex(6)}", display_name, token
    )
    try:
        return await _admit(request, api, guest, token, room_id)
    except BaseException:
        await api.accounts.forget_guest(guest.id)
        raise


async def me(request: web.Request, api: Api) -> web.Response:
    """The caller's own account."""
    account = await api.accounts.get(caller(request).user_id)
    if account is None:
        raise TokenRevoked("This account is closed.")
    return ok(user_record(account), "Current user")


async def test_token(request: web.Request, api: Api) -> web.Response:
    """Say whom the token names and until when; for services that hold one."""
    principal = caller(request)
    return ok(
        TokenTest(
            user_id=principal.user_id,
            username=principal.username,
            role=principal.role,
            session_id=principal.session_id,
            expires_at=iso(principal.expires_at_ms),
        ),
        "Token is valid",
    )


async def check_username(request: web.Request, api: Api) -> web.Response:
    """Tell whether a user name is free."""
    name = read_query(request, UsernameQuery).username
    reason = None
    if not 3 <= len(name) <= 30 or re.search(USERNAME_PATTERN, name) is None:
        reason = "INVALID"
    elif is_reserved(name) or await api.accounts.username_taken(name):
        reason = "TAKEN"
    return ok(UsernameCheck(name, reason is None, reason), "User name checked")


async def stream_token(request: web.Request, api: Api) -> web.Response:
    """A ticket that works once within a minute, for addresses that cannot take a header."""
    principal = caller(request)
    ticket = await api.tickets.issue(principal.user_id, principal.session_id)
    return ok(StreamToken(ticket, TICKET_S), "Ticket issued")


async def csrf(request: web.Request, api: Api) -> web.Response:
    """The token that lets a write with cookies come from somewhere else than our own pages."""
    principal = maybe_caller(request)
    session_id = principal.session_id if principal is not None else ""
    response = ok(CsrfToken(csrf_token(api.csrf_secret, session_id)), "CSRF token")
    response.headers["Cache-Control"] = "no-store"
    return response


def is_reserved(username: str) -> bool:
    """True for names that would be taken for the hub itself."""
    return username.lower() in RESERVED_NAMES


async def _admit(
    request: web.Request, api: Api, guest: Account, token: str, room_id: str
) -> web.Response:
    actor = Actor(guest.id, guest.username, guest.display_name, is_guest=True)
    joined = await api.submit(
        "invite:accept", AcceptInvite(token=token), room_id=room_id, actor=actor
    )
    await api.accounts.admit_guest(guest.id, room_id)
    session_id = await api.sessions.open(
        guest.id,
        refresh_hash=None,
        lifetime_s=GUEST_ACCESS_S,
        ip_address=request.remote,
        user_agent=user_agent(request),
    )
    account = msgspec.structs.replace(guest, room_id=room_id)
    issued = issue(api, account, session_id)
    data = Entered(
        user=user_record(account),
        access_token=issued.token,
        expires_in=issued.expires_in_s,
        session_id=session_id,
        room=msgspec.json.decode(joined.data),
    )
    response = ok(data, "Welcome", status=201)
    cookies.set_access(response, issued.token, issued.expires_in_s, request.secure)
    return response


async def _refuse_locked(api: Api, subject: str) -> None:
    until = await api.lockouts.locked_until(subject)
    if until is not None:
        wait_ms = max(1000, round(until.timestamp() * 1000) - api.now_ms())
        raise AccountLocked(
            "Too many wrong passwords. Wait a quarter of an hour, then try again.",
            retry_after_ms=wait_ms,
        )


async def _right_password(api: Api, login: Login | None, password: str) -> bool:
    stored = login.password_hash if login is not None and login.is_open else None
    return await api.passwords.matches(password, stored)


async def _note(request: web.Request, api: Api, user_id: str, reason: str | None) -> None:
    await api.accounts.note_login(user_id, request.remote, user_agent(request), reason)


def _display_name(given: str) -> str:
    name = clean_line(given)
    if not name:
        raise Invalid.field("display_name", "TOO_SHORT", "A name needs a letter at least.")
    return name


def _name_taken() -> Conflict:
    message = "This user name belongs to someone already."
    return Conflict(message, fields=(FieldError("username", "TAKEN", message),))


def _signed_out(request: web.Request, error: HubError) -> web.Response:
    """A failure that also takes the dead cookies back, so that the page stops sending them."""
    response = failure(error, request["request_id"])
    cookies.clear(response)
    return response
