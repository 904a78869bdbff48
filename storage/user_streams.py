"""Private streams of users: there from the first time somebody follows them."""

import secrets

from storage.backends import Pool

_ENSURE = """
INSERT INTO streams (id, kind, epoch) VALUES ($1, 'user', $2) ON CONFLICT (id) DO NOTHING
"""


async def ensure_user_stream(pool: Pool, user_id: str) -> None:
    """Makes the stream unless it exists, so that its epoch never changes under a follower."""
    await pool.execute(_ENSURE, user_id, secrets.token_hex(4))
