"""Share links of playlists: who has one sees the playlist. Only a hash of the token is kept."""

import hashlib
import secrets
from datetime import datetime

from msgspec import Struct

from rooms.errors import Conflict
from storage.backends import Pool
from storage.postgres import Postgres

TOKEN_BYTES = 24
MAX_LINKS = 50
"""Of one playlist, not counting those that have expired."""


class Link(Struct, frozen=True):
    """A new link; its token is shown this once."""

    token: str
    expires_at: datetime


_ADD = """
WITH expired AS (DELETE FROM playlist_share_links WHERE playlist_id = $1 AND expires_at < now())
INSERT INTO playlist_share_links (playlist_id, user_id, share_token, expires_at)
SELECT $1, $2, $3, now() + make_interval(secs => $4)
WHERE (SELECT count(*) FROM playlist_share_links
       WHERE playlist_id = $1 AND expires_at >= now()) < $5
RETURNING expires_at
"""

_FOLLOW = """
UPDATE playlist_share_links SET access_count = access_count + 1, updated_at = now()
WHERE share_token = $1 AND expires_at > now()
RETURNING playlist_id::text
"""


class PlaylistLinks:
    """The table playlist_share_links."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def make(self, playlist_id: str, user_id: str, lifetime_s: int) -> Link:
        """A new link. Raises Conflict when there are `MAX_LINKS`."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = await self._postgres.value(
            _ADD, playlist_id, user_id, _hash(token), lifetime_s, MAX_LINKS
        )
        if expires_at is None:
            raise Conflict(f"A playlist has at most {MAX_LINKS} links. Revoke them first.")
        return Link(token, expires_at)

    async def follow(self, token: str) -> str | None:
        """The playlist that a link leads to; None when it is unknown, expired or revoked."""
        found: str | None = await self._postgres.value(_FOLLOW, _hash(token))
        return found

    async def revoke(self, playlist_id: str) -> int:
        """Take back all links of a playlist; returns how many there were."""
        return await self._postgres.run(
            "DELETE FROM playlist_share_links WHERE playlist_id = $1", playlist_id
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
