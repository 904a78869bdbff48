"""What people of this node show of themselves, wherever they have chosen it."""

import asyncio

from hub.door.sessions import Sessions
from rooms.errors import Unavailable
from rooms.presence import Chosen, is_hiding
from storage.backends import Pool
from storage.postgres import answering
from storage.presence import shown as store

_ONLINE = Chosen()


class Choices:
    """The newest choice of each user who is here.

    A choice that was made elsewhere comes with the hints of other nodes, and as news of PostgreSQL
    (`storage/accounts/news.py`), also from where the user has no socket.

    Args:
        pool: the database.
        sessions: who is here.
        wake: set when there is something to `read`.
    """

    def __init__(self, pool: Pool, sessions: Sessions, wake: asyncio.Event) -> None:
        self._pool = pool
        self._sessions = sessions
        self._wake = wake
        self._chosen: dict[str, Chosen] = {}
        """Of users who have chosen anything."""
        self._unread: set[str] = set()

    def of(self, user_id: str) -> Chosen:
        """What a user shows; simply online when he never chose anything."""
        return self._chosen.get(user_id, _ONLINE)

    def is_hiding(self, user_id: str) -> bool:
        """True when nothing this user does may show that he is here."""
        return is_hiding(self.of(user_id))

    def adopt(self, user_id: str, chosen: Chosen) -> bool:
        """Takes a choice unless a newer one is known; whether it is another than before."""
        known = self.of(user_id)
        if chosen == known or known.chosen_at_ms > chosen.chosen_at_ms:
            return False
        self._chosen[user_id] = chosen
        return True

    def forget(self, user_id: str) -> None:
        """The user's last socket here is gone."""
        self._chosen.pop(user_id, None)

    def hear(self, user_id: str) -> None:
        """Takes the id of a user who shows something else of himself."""
        if self._sessions.of_user(user_id):
            self._unread.add(user_id)
            self._wake.set()

    def hear_all(self) -> None:
        """Anybody may show something else of himself."""
        self._unread.update(session.principal.user_id for session in self._sessions)
        self._wake.set()

    async def read(self) -> list[str]:
        """Reads what was said to be new; users who show something else now."""
        users, self._unread = self._unread, set()
        if not users:
            return []
        try:
            with answering():
                found = await store.chosen(self._pool, list(users))
        except Unavailable:
            self._unread |= users
            return []
        return [
            user_id
            for user_id, chosen in found.items()
            if self._sessions.of_user(user_id) and self.adopt(user_id, chosen)
        ]
