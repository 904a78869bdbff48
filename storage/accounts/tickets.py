"""Single-use tickets for doors that cannot take a header: older players put them into the URL."""

import hashlib
import secrets

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres

TICKET_S = 60

_ISSUE = """
WITH expired AS (DELETE FROM stream_tickets WHERE expires_at < now())
INSERT INTO stream_tickets (ticket_hash, user_id, session_id, expires_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
"""

# Deleting is redeeming: of two that come with one ticket, one finds the row.
_REDEEM = """
DELETE FROM stream_tickets WHERE ticket_hash = $1
RETURNING user_id::text, session_id::text, expires_at > now() AS is_valid
"""


class Ticket(Struct, frozen=True):
    """Whom a redeemed ticket stands for; `Sessions.standing` says whether he still may."""

    user_id: str
    session_id: str


class Tickets:
    """The table stream_tickets."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def issue(self, user_id: str, session_id: str) -> str:
        """A new ticket, valid once within `TICKET_S`."""
        ticket = secrets.token_urlsafe(32)
        await self._postgres.run(_ISSUE, _hash(ticket), user_id, session_id, TICKET_S)
        return ticket

    async def redeem(self, ticket: str) -> Ticket | None:
        """Use a ticket up; None when it is unknown, used or too old."""
        row = await self._postgres.row(_REDEEM, _hash(ticket))
        if row is None or not row["is_valid"]:
            return None
        return Ticket(row["user_id"], row["session_id"])


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
