"""Notices: written with the commit that caused them, claimed by whoever works them off."""

from collections.abc import Sequence

import msgspec

from rooms.notices import Notice
from storage.backends import Pool
from storage.commit.statement import Part

CLAIM_S = 30
"""A node that claimed notices and died gives them free again after this."""
MAX_TRIES = 5
SETTLE_S = 1.0
"""A notice waits so long: who looks at the room has read the message by then and need not hear."""

_ADD = """
INSERT INTO notices (id, notice) SELECT * FROM unnest($1::uuid[], $2::jsonb[])
"""

_NOTE = "INSERT INTO notices (id, notice) VALUES ($1, $2::text::jsonb) ON CONFLICT DO NOTHING"

_CLAIM = """
UPDATE notices SET claimed_until = now() + make_interval(secs => $1), tries = tries + 1
WHERE id IN (
    SELECT id FROM notices
    WHERE claimed_until < now() AND created_at < now() - make_interval(secs => $3)
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING id::text, notice::text AS notice, tries
"""

_DONE = "DELETE FROM notices WHERE id = ANY($1::uuid[])"


def add_notices(notices: Sequence[Notice]) -> Part:
    """New notices of a batch."""
    encoded = [msgspec.json.encode(notice).decode() for notice in notices]
    return Part(_ADD, ([notice.id for notice in notices], encoded))


async def claim_notices(pool: Pool, limit: int = 100) -> list[tuple[Notice, bool]]:
    """Takes the oldest for this node; each with whether this is its last try."""
    rows = await pool.fetch(_CLAIM, CLAIM_S, limit, SETTLE_S)
    return [
        (msgspec.json.decode(row["notice"], type=Notice), row["tries"] >= MAX_TRIES)
        for row in sorted(rows, key=lambda row: str(row["id"]))
    ]


async def forget_notices(pool: Pool, ids: Sequence[str]) -> None:
    """Everybody has been told."""
    await pool.execute(_DONE, list(ids))


async def note(pool: Pool, notice: Notice) -> None:
    """A notice from outside a commit; a second of the same id changes nothing."""
    await pool.execute(_NOTE, notice.id, msgspec.json.encode(notice).decode())
