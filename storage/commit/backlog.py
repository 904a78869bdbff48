"""What waits for the next batch."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rooms.errors import HubError, Unavailable
from storage.commit.rows import RowStore
from storage.commit.submission import Append, Committed, Submission

MAX_WAITING = 10_000
"""Commands that may wait; beyond, UNAVAILABLE: a client that retries beats one that waits blind."""
MAX_BATCH = 400
"""Commands in one transaction: some ms of work; a small room is not held up by a big one."""

Settle: TypeAlias = Callable[[Committed | HubError], None]
"""Takes what became of a command: called once, on the loop; must not fail."""
Waiting: TypeAlias = tuple[Submission | Append, Settle]


class Backlog:
    """Commands in the order in which they came."""

    def __init__(self, row_stores: Mapping[str, RowStore]) -> None:
        self._waiting: deque[Waiting] = deque()
        self._keyed = {name: s.key for name, s in row_stores.items() if s.key is not None}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: Submission | Append, settle: Settle) -> None:
        """Puts a command at the end.

        Raises:
            Unavailable: too many wait.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("The hub is very busy. Try again in a moment.", retry_after_ms=1000)
        self._waiting.append((item, settle))

    def next_batch(self) -> list[Waiting]:
        """The first that wait, up to one whose rows another of them is about to change."""
        count = min(MAX_BATCH, len(self._waiting))
        taken: list[Waiting] = []
        keys: set[tuple[str, str]] = set()
        while len(taken) < count:
            key = self._key(self._waiting[0][0])
            if key is not None:
                if key in keys:
                    break
                keys.add(key)
            taken.append(self._waiting.popleft())
        return taken

    def drain(self) -> list[Waiting]:
        """All of it."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _key(self, item: Submission | Append) -> tuple[str, str] | None:
        if not isinstance(item, Submission) or item.feature.name not in self._keyed:
            return None
        key = self._keyed[item.feature.name](item)
        return (item.feature.name, key) if key is not None else None
