"""Sign-ins: what an access token leans on, and the refresh tokens that renew it.

Revocation lives in PostgreSQL alone, so that losing Redis never brings a dead token back to life.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from rooms.access import PlatformRole
from storage.accounts.accounts import platform_role
from storage.backends import Pool
from storage.loader import Loader
from storage.postgres import Postgres


class Standing(Struct, frozen=True, kw_only=True):
    """What a session is worth at this moment."""

    session_id: str
    user_id: str
    is_alive: bool
    """Not revoked, not past its time, and its user neither banned, switched off nor deleted."""
    token_version: int
    username: str
    display_name: str
    role: PlatformRole
    room_id: str | None


class SessionRow(Struct, frozen=True, kw_only=True):
    """One sign-in as its owner sees it."""

    id: str
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class Rotation(Struct, frozen=True):
    """What presenting a refresh token led to."""

    outcome: Literal["rotated", "unknown", "expired", "dead", "reused"]
    """`dead`: the session had ended before; `reused`: it has been ended by this."""
    user_id: str | None = None
    session_id: str | None = None


_IS_ALIVE = """s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active AND NOT u.is_banned
           AND u.deleted_at IS NULL"""

STANDING = f"""s.id::text, u.id::text AS user_id, u.username, u.role::text, u.is_admin, u.is_guest,
       coalesce(u.display_name, u.username) AS display_name, u.guest_room_id::text,
       coalesce(u.token_version, 0) AS token_version, {_IS_ALIVE} AS is_alive"""
"""What `standing_of` reads, of sessions `s` and users `u`."""

_STANDINGS = f"""
SELECT {STANDING}
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = ANY($1::uuid[])
"""  # noqa: S608 (our own columns)

_ALIVE_OF = f"""
SELECT s.id::text FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = ANY($1::uuid[]) AND {_IS_ALIVE}
"""  # noqa: S608

_OPEN = """
INSERT INTO sessions (user_id, token_hash, ip_address, user_agent, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
RETURNING id::text
"""

_KEEP_REFRESH = """
INSERT INTO refresh_tokens (user_id, session_id, token_hash, expires_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
"""

_FIND_REFRESH = """
SELECT r.id, r.user_id::text, r.session_id::text, r.used_at IS NOT NULL AS is_used,
       r.expires_at <= now() OR s.expires_at <= now() AS is_expired,
       s.revoked_at IS NOT NULL OR NOT u.is_active OR u.is_banned
           OR u.deleted_at IS NOT NULL AS is_dead
FROM refresh_tokens r
JOIN sessions s ON s.id = r.session_id
JOIN users u ON u.id = r.user_id
WHERE r.token_hash = $1
FOR UPDATE OF r, s
"""

_RENEW_SESSION = """
UPDATE sessions
SET token_hash = $2, expires_at = now() + make_interval(secs => $3), last_used_at = now(),
    updated_at = now()
WHERE id = $1
"""

_REVOKE_ONE = """
UPDATE sessions SET revoked_at = now(), revoked_reason = $2, updated_at = now()
WHERE id = $1 AND revoked_at IS NULL
"""

_REVOKE_ALL = """
UPDATE sessions SET revoked_at = now(), revoked_reason = $2, updated_at = now()
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
  AND ($3::uuid IS NULL OR id <> $3)
RETURNING id::text
"""

_REVOKE_OWN = """
UPDATE sessions SET revoked_at = now(), revoked_reason = $3, updated_at = now()
WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > now()
"""

_SESSION_OF_REFRESH = """
SELECT session_id::text, user_id::text FROM refresh_tokens WHERE token_hash = $1
"""

_ALIVE = """
SELECT id::text, ip_address, user_agent, created_at, last_used_at, expires_at
FROM sessions
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
ORDER BY last_used_at DESC, id DESC
LIMIT 200
"""


class Sessions:
    """The tables sessions and refresh_tokens."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)
        self._standing: Loader[Standing] = Loader(self._load)

    async def standing(self, session_id: str) -> Standing | None:
        """What the session is worth now; None when there never was one."""
        return await self._standing.get(session_id)

    async def is_alive(self, session_id: str) -> bool:
        """Whether the session is worth anything now."""
        standing = await self.standing(session_id)
        return standing is not None and standing.is_alive

    async def ended(self, session_ids: Sequence[str]) -> set[str]:
        """Those of these that are worth nothing any more, or never were."""
        if not session_ids:
            return set()
        alive = await self._postgres.rows(_ALIVE_OF, list(session_ids))
        return set(session_ids).difference(row["id"] for row in alive)

    async def open(
        self,
        user_id: str,
        *,
        refresh_hash: str | None,
        lifetime_s: int,
        ip_address: str | None,
        user_agent: str | None,
    ) -> str:
        """Begin a session and return its id; without `refresh_hash` it cannot be renewed."""
        async with self._postgres.transaction() as connection:
            session_id: str = await connection.fetchval(
                _OPEN, user_id, refresh_hash, ip_address, user_agent, lifetime_s
            )
            if refresh_hash is not None:
                await connection.execute(
                    _KEEP_REFRESH, user_id, session_id, refresh_hash, lifetime_s
                )
        return session_id

    async def rotate(self, old_hash: str, new_hash: str, lifetime_s: int) -> Rotation:
        """Trade a refresh token for a new one. A token used before ends the session for good.

        Two that arrive together are told apart by the row's lock: one rotates, one is the reuse.
        """
        async with self._postgres.transaction() as connection:
            row = await connection.fetchrow(_FIND_REFRESH, old_hash)
            if row is None:
                return Rotation("unknown")
            user_id, session_id = row["user_id"], row["session_id"]
            if row["is_dead"]:
                return Rotation("dead", user_id, session_id)
            if row["is_used"]:
                await connection.execute(_REVOKE_ONE, session_id, "refresh_reused")
                return Rotation("reused", user_id, session_id)
            if row["is_expired"]:
                return Rotation("expired", user_id, session_id)
            await connection.execute(
                "UPDATE refresh_tokens SET used_at = now(), updated_at = now() WHERE id = $1",
                row["id"],
            )
            await connection.execute(_KEEP_REFRESH, user_id, session_id, new_hash, lifetime_s)
            await connection.execute(_RENEW_SESSION, session_id, new_hash, lifetime_s)
        return Rotation("rotated", user_id, session_id)

    async def of_refresh(self, refresh_hash: str) -> tuple[str, str] | None:
        """The session and user behind a refresh token, whatever its state."""
        row = await self._postgres.row(_SESSION_OF_REFRESH, refresh_hash)
        return None if row is None else (row["session_id"], row["user_id"])

    async def revoke(self, session_id: str, reason: str) -> bool:
        """End one session; False when it had ended already."""
        return await self._postgres.run(_REVOKE_ONE, session_id, reason) == 1

    async def revoke_own(self, session_id: str, user_id: str, reason: str) -> bool:
        """End one of the user's own sessions; False when he has no such session."""
        return await self._postgres.run(_REVOKE_OWN, session_id, user_id, reason) == 1

    async def revoke_all(
        self, user_id: str, reason: str, keep_session_id: str | None = None
    ) -> list[str]:
        """End all sessions of a user, but for one if asked; returns the ids of those ended."""
        rows = await self._postgres.rows(_REVOKE_ALL, user_id, reason, keep_session_id)
        return [row["id"] for row in rows]

    async def alive(self, user_id: str) -> list[SessionRow]:
        """The user's sessions that still work, the one used last first."""
        rows = await self._postgres.rows(_ALIVE, user_id)
        return [SessionRow(**dict(row)) for row in rows]

    async def _load(self, session_ids: Sequence[str]) -> dict[str, Standing]:
        rows = await self._postgres.rows(_STANDINGS, list(session_ids))
        return {row["id"]: standing_of(row) for row in rows}


def standing_of(row: Any) -> Standing:
    """The standing in a row of the columns `STANDING`."""
    return Standing(
        session_id=row["id"],
        user_id=row["user_id"],
        is_alive=bool(row["is_alive"]),
        token_version=row["token_version"],
        username=row["username"],
        display_name=row["display_name"],
        role=platform_role(row["role"], row["is_admin"], row["is_guest"]),
        room_id=row["guest_room_id"],
    )
