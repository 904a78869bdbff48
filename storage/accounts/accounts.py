"""Users: who signs in, and guests who came by an invitation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import asyncpg
from msgspec import Struct

from rooms.access import PlatformRole
from rooms.errors import Conflict, FieldError, NotFound
from storage.backends import Pool
from storage.loader import Loader
from storage.postgres import Postgres

GUEST_PASSWORD = "!"  # noqa: S105 (no hash looks like this, so nobody signs in with it)


class Account(Struct, frozen=True, kw_only=True):
    """A user as the hub knows him."""

    id: str
    seq_id: int
    """The integer id that /api/v1/tracks shows."""
    username: str
    email: str | None
    """None for guests."""
    display_name: str
    role: PlatformRole
    is_guest: bool
    is_verified: bool
    avatar_url: str | None
    plan: str
    room_id: str | None
    """Guests only: the room they came for."""
    created_at: datetime
    token_version: int = 0


class Login(Struct, frozen=True):
    """What signing in needs to know of an account."""

    user_id: str
    password_hash: str
    is_open: bool
    """False when banned or switched off."""


class NewAccount(Struct, frozen=True, kw_only=True):
    """A registration whose fields have been checked."""

    username: str
    email: str
    password_hash: str
    display_name: str
    role: Literal["user", "content_creator", "moderator", "admin"]
    plan: str = "basic"


_BY_IDS = """
SELECT id::text, seq_id, username, email, coalesce(display_name, username) AS display_name,
       role::text, is_admin, is_guest, is_verified, avatar, plan, guest_room_id::text, created_at,
       token_version
FROM users
WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL
"""

_INSERT = """
INSERT INTO users (username, email, password_hash, display_name, role, plan, password_changed_at)
VALUES ($1, lower($2), $3, $4, $5::user_role, $6, now())
RETURNING id::text
"""

_INSERT_GUEST = """
INSERT INTO users (id, username, email, password_hash, display_name, is_guest, is_public,
                   guest_invitation_id)
VALUES ($1::text::uuid, $2, 'guest+' || $1::text || '@guest.invalid', $3, $4, true, false,
        (SELECT id FROM room_invitations WHERE token = $5))
"""

_LOGIN = """
SELECT id::text, password_hash, is_active AND NOT is_banned AS is_open
FROM users
WHERE deleted_at IS NULL AND NOT is_guest
  AND (lower(email) = lower($1) OR lower(username) = lower($1))
"""

_USERNAME_TAKEN = """
SELECT EXISTS (SELECT FROM users WHERE lower(username) = lower($1) AND deleted_at IS NULL)
"""

_SIGNED_IN = """
UPDATE users SET last_login_at = now(), login_count = coalesce(login_count, 0) + 1 WHERE id = $1
"""

_HISTORY = """
INSERT INTO login_history (user_id, ip_address, user_agent, success, reason)
VALUES ($1, $2, $3, $4, $5)
"""


class Accounts:
    """The table users."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)
        self._by_id: Loader[Account] = Loader(self._load)

    async def register(self, new: NewAccount) -> Account:
        """Make an account.

        Raises:
            Conflict: the user name or the e-mail address belongs to someone; `fields` says which.
        """
        try:
            user_id = await self._postgres.value(
                _INSERT,
                new.username,
                new.email,
                new.password_hash,
                new.display_name,
                new.role,
                new.plan,
            )
        except asyncpg.UniqueViolationError as exc:
            raise _taken(exc) from exc
        return await self._known(user_id)

    async def add_guest(
        self, user_id: str, username: str, display_name: str, invite_token: str
    ) -> Account:
        """A user without a password; he gets his room when the invitation has let him in.

        He is kept beside the invitation before that, so that whoever takes it back at this moment
        finds him.
        """
        await self._postgres.run(
            _INSERT_GUEST, user_id, username, GUEST_PASSWORD, display_name, invite_token
        )
        return await self._known(user_id)

    async def admit_guest(self, user_id: str, room_id: str) -> None:
        """Tie a guest to the one room he may enter."""
        await self._postgres.run(
            "UPDATE users SET guest_room_id = $2 WHERE id = $1 AND is_guest", user_id, room_id
        )

    async def forget_guest(self, user_id: str) -> None:
        """Remove a guest whom the invitation did not let in."""
        await self._postgres.run("DELETE FROM users WHERE id = $1 AND is_guest", user_id)

    async def get(self, user_id: str) -> Account | None:
        """A living account by its id."""
        return await self._by_id.get(user_id)

    async def find_login(self, name: str) -> Login | None:
        """Whom an e-mail address or user name names, if anybody; letter case is ignored."""
        row = await self._postgres.row(_LOGIN, name)
        if row is None:
            return None
        return Login(row["id"], row["password_hash"], row["is_open"])

    async def username_taken(self, username: str) -> bool:
        """True when someone has this name, in whatever case."""
        return bool(await self._postgres.value(_USERNAME_TAKEN, username))

    async def note_login(
        self, user_id: str | None, ip_address: str | None, user_agent: str, reason: str | None
    ) -> None:
        """Write the login history; `reason` None means that it succeeded."""
        if reason is None:
            await self._postgres.run(_SIGNED_IN, user_id)
        await self._postgres.run(_HISTORY, user_id, ip_address, user_agent, reason is None, reason)

    async def _known(self, user_id: str) -> Account:
        account = await self._by_id.get(user_id)
        if account is None:
            raise NotFound("There is no such account any more.")
        return account

    async def _load(self, user_ids: Sequence[str]) -> dict[str, Account]:
        rows = await self._postgres.rows(_BY_IDS, list(user_ids))
        return {row["id"]: _account(row) for row in rows}


def platform_role(role: str | None, is_admin: bool | None, is_guest: bool) -> PlatformRole:
    """One role out of the column, the administrator's flag and the guest's."""
    if is_guest:
        return "guest"
    if is_admin or role == "admin":
        return "admin"
    if role == "moderator":
        return "moderator"
    return "content_creator" if role == "content_creator" else "user"


def _account(row: Any) -> Account:
    return Account(
        id=row["id"],
        seq_id=row["seq_id"],
        username=row["username"],
        email=None if row["is_guest"] else row["email"],
        display_name=row["display_name"],
        role=platform_role(row["role"], row["is_admin"], row["is_guest"]),
        is_guest=row["is_guest"],
        is_verified=bool(row["is_verified"]),
        avatar_url=row["avatar"],
        plan=row["plan"],
        room_id=row["guest_room_id"],
        created_at=row["created_at"],
        token_version=row["token_version"] or 0,
    )


def _taken(error: asyncpg.UniqueViolationError) -> Conflict:
    field, word = (
        ("username", "user name")
        if error.constraint_name == "uq_users_username_live"
        else ("email", "e-mail address")
    )
    message = f"This {word} belongs to someone already."
    return Conflict(message, fields=(FieldError(field, "TAKEN", message),))
