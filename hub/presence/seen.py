"""When users were last here: noted as they go, written together."""

import logging

from rooms.errors import Unavailable
from storage.backends import Pool
from storage.postgres import answering
from storage.presence import shown as store

log = logging.getLogger(__name__)


class LastSeen:
    """Users whose sockets have gone."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._gone: set[str] = set()

    def note(self, user_id: str) -> None:
        """A socket of this user is gone."""
        self._gone.add(user_id)

    async def write(self) -> None:
        """Writes who has gone since the last time; what PostgreSQL does not take is lost."""
        gone, self._gone = self._gone, set()
        if not gone:
            return
        try:
            with answering():
                await store.seen(self._pool, list(gone))
        except Unavailable:
            log.warning("presence.last_seen_lost", extra={"users": len(gone)})
