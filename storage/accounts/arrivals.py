"""What is asked about somebody who connects: his sign-in, what he shows, whom he is not to see."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from rooms.presence import Chosen
from storage.accounts.sessions import STANDING, Standing, standing_of
from storage.backends import Pool
from storage.moderation.blocks import HIDDEN_FROM
from storage.postgres import answering
from storage.presence.shown import CHOSEN, chosen_of

PATIENCE_S = 2.0
"""For a connection, for the answer, and for a line without one to be given up."""


class Arrival(Struct, frozen=True):
    """Somebody who connects, as the database knows him."""

    standing: Standing
    chosen: Chosen
    hidden: frozenset[str]
    """Whom blocks hide from him."""


_ARRIVALS = f"""
SELECT {STANDING}, {CHOSEN}, {HIDDEN_FROM}
FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN user_presence p ON p.user_id = u.id
WHERE s.id = ANY($1::uuid[])
"""  # noqa: S608 (our own columns)


async def arrivals(pool: Pool, session_ids: Sequence[str]) -> dict[str, Arrival]:
    """What is known of these sign-ins, in one query; unknown ones are left out.

    Raises:
        Unavailable: PostgreSQL does not answer. It is known within 3 x `PATIENCE_S`: whoever comes
            meanwhile is asked about next.
    """
    with answering():
        async with pool.acquire(timeout=PATIENCE_S) as connection:
            rows = await connection.fetch(_ARRIVALS, list(session_ids), timeout=PATIENCE_S)
    return {row["id"]: _arrival(row) for row in rows}


def _arrival(row: Any) -> Arrival:
    return Arrival(standing_of(row), chosen_of(row), frozenset(row["hidden"]))
