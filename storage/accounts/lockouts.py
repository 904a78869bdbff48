"""Failed sign-ins, counted where they survive a restart and a lost Redis."""

import hashlib
from datetime import datetime

from storage.backends import Pool
from storage.postgres import Postgres

MAX_FAILURES = 5
WINDOW_S = 15 * 60
LOCK_S = 15 * 60

_LOCKED_UNTIL = """
SELECT locked_until FROM login_lockouts WHERE login_hash = $1 AND locked_until > now()
"""

# A failure after the window, or after a lock has ended, is the first of a new count.
_FAILED = """
INSERT INTO login_lockouts AS l (login_hash, failures) VALUES ($1, 1)
ON CONFLICT (login_hash) DO UPDATE SET
    failures = CASE WHEN l.first_failure_at < now() - make_interval(secs => $3)
                      OR l.locked_until < now() THEN 1 ELSE l.failures + 1 END,
    first_failure_at = CASE WHEN l.first_failure_at < now() - make_interval(secs => $3)
                              OR l.locked_until < now() THEN now() ELSE l.first_failure_at END,
    locked_until = CASE WHEN l.locked_until >= now() THEN l.locked_until
                        WHEN l.first_failure_at >= now() - make_interval(secs => $3)
                             AND l.locked_until IS NULL AND l.failures + 1 >= $2
                        THEN now() + make_interval(secs => $4) END
RETURNING locked_until
"""


class Lockouts:
    """The table login_lockouts."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def locked_until(self, subject: str) -> datetime | None:
        """When `subject` (an account's id, or what was typed) may try again; None: now."""
        until: datetime | None = await self._postgres.value(_LOCKED_UNTIL, _hash(subject))
        return until

    async def failed(self, subject: str) -> datetime | None:
        """Count one failure; returns until when this one has locked the subject, if it has."""
        until: datetime | None = await self._postgres.value(
            _FAILED, _hash(subject), MAX_FAILURES, WINDOW_S, LOCK_S
        )
        return until

    async def forgive(self, subject: str) -> None:
        """The right password was given: count from nothing again."""
        await self._postgres.run("DELETE FROM login_lockouts WHERE login_hash = $1", _hash(subject))

    async def sweep(self) -> int:
        """Forget failures that no longer count. Returns how many."""
        return await self._postgres.run(
            """
            DELETE FROM login_lockouts
            WHERE first_failure_at < now() - make_interval(secs => $1)
              AND (locked_until IS NULL OR locked_until < now())
            """,
            WINDOW_S,
        )


def _hash(subject: str) -> bytes:
    return hashlib.sha256(subject.lower().encode()).digest()
