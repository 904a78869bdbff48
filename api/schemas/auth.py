"""Bodies and answers of /api/v1/auth and /api/v1/sessions."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from api.text import NEVER
from rooms.access import PlatformRole
from rooms.ids import Uuid

USERNAME_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$"
_ATOM = rf"[^@\s<>,;:{NEVER}]"
_LABEL = rf"[^@\s.<>,;:{NEVER}]"
EMAIL_PATTERN = rf"^{_ATOM}{{1,64}}@{_LABEL}{{1,63}}(?:\.{_LABEL}{{1,63}})+$"
"""What any mail server would take, near enough; the verification mail is the real test."""

Username = Annotated[str, Meta(min_length=3, max_length=30, pattern=USERNAME_PATTERN)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=EMAIL_PATTERN)]
Password = Annotated[str, Meta(min_length=8, max_length=1_024)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=80)]
Typed = Annotated[str, Meta(min_length=1, max_length=1_024)]
"""What somebody typed into a sign-in form; it need not look like anything."""

_HINTS: Mapping[str, str] = {
    "username": "Letters, digits, dot, dash and underscore; the first and last a letter or digit.",
    "email": "This is no e-mail address.",
}


class Register(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /auth/register."""

    HINTS: ClassVar[Mapping[str, str]] = _HINTS

    username: Username
    email: Email
    password: Password
    display_name: DisplayName | None = None


class LogIn(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /auth/login: the e-mail address or the user name, and the password."""

    NEEDS_ONE_OF: ClassVar[tuple[str, ...]] = ("email", "username")

    password: Typed
    email: Typed | None = None
    username: Typed | None = None


class Refresh(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /auth/refresh; without a token the cookie is taken."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=512)] | None = None


class Guest(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /auth/guest: come in by an invitation, without an account."""

    HINTS: ClassVar[Mapping[str, str]] = {"invite_token": "This is no invitation."}

    invite_token: Uuid
    display_name: DisplayName


class UsernameQuery(Struct, frozen=True):
    """GET /auth/check-username."""

    username: Annotated[str, Meta(min_length=1, max_length=200)]


class User(Struct, frozen=True, kw_only=True):
    """An account, to its owner."""

    id: str
    seq_id: int
    username: str
    display_name: str
    email: str | None
    role: PlatformRole
    is_guest: bool
    is_verified: bool
    avatar_url: str | None
    plan: str
    room_id: str | None
    created_at: str


class SignedIn(Struct, frozen=True, kw_only=True):
    """Answer to register, login and refresh."""

    user: User
    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds until the access token ends."""
    session_id: str
    token_type: str = "Bearer"  # noqa: S105 (the scheme's name, RFC 6750)


class Entered(Struct, frozen=True, kw_only=True):
    """Answer to guest: no refresh token, and the room that the invitation opened."""

    user: User
    access_token: str
    expires_in: int
    session_id: str
    room: Any
    refresh_token: None = None
    token_type: str = "Bearer"  # noqa: S105 (the scheme's name, RFC 6750)


class TokenTest(Struct, frozen=True, kw_only=True):
    """Answer to auth/test."""

    user_id: str
    username: str
    role: PlatformRole
    session_id: str
    expires_at: str
    valid: bool = True


class UsernameCheck(Struct, frozen=True):
    """Answer to check-username."""

    username: str
    available: bool
    reason: str | None


class StreamToken(Struct, frozen=True):
    """Answer to stream-token: a ticket that works once."""

    token: str
    expires_in: int


class ChatToken(Struct, frozen=True):
    """Answer to chat/token: opens the chat's own WebSocket and nothing else."""

    token: str
    expires_in: int
    """Seconds; the socket ends with it."""
    url: str
    """Path of the socket; the token goes into its query, or comes as a bearer."""


class CsrfToken(Struct, frozen=True):
    """Answer to csrf-token."""

    csrf_token: str
    header: str = "X-CSRF-Token"


class SessionEntry(Struct, frozen=True, kw_only=True):
    """One place where the account is signed in."""

    id: str
    current: bool
    ip_address: str | None
    user_agent: str | None
    created_at: str
    last_used_at: str
    expires_at: str


class Revoked(Struct, frozen=True):
    """How many sessions have been ended."""

    revoked: int


class SessionStats(Struct, frozen=True, kw_only=True):
    """Answer to sessions/stats."""

    active: int
    addresses: int
    """Different IP addresses among them."""
    oldest_created_at: str | None
    last_used_at: str | None
