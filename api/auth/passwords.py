"""Passwords: bcrypt with cost 12 (specification C46), away from the event loop.

bcrypt reads 72 bytes and stops at a NUL. So a password is put through SHA-256 first and the digest,
in base64 (44 bytes, no NUL), is what bcrypt sees: a long passphrase counts to its last letter.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import bcrypt

from rooms.errors import Unavailable

T = TypeVar("T")

COST = 12
MIN_CHARS = 8
MAX_BYTES = 1_024
"""Enough for any passphrase; more is work for nothing that an attacker would have us do."""
MAX_WAITING = 64
"""Sign-ins in line; each takes a quarter of a second of a core. Beyond: 503, come back."""


class Passwords:
    """Hashes and compares in threads of its own. Open with `open_passwords`."""

    def __init__(self, executor: ThreadPoolExecutor, cost: int) -> None:
        self._executor = executor
        self._cost = cost
        self._in_line = 0
        self._nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(cost))

    async def hash(self, password: str) -> str:
        """A hash to store. Raises `Unavailable` when too many are in line."""
        digest = _digest(password)
        hashed = await self._run(lambda: bcrypt.hashpw(digest, bcrypt.gensalt(self._cost)))
        return hashed.decode()

    async def matches(self, password: str, stored: str | None) -> bool:
        """True when `stored` was made of `password`.

        Without a stored hash it takes the same time and says no: who measures the answer does not
        learn whether there is such an account. Raises `Unavailable` as `hash`.
        """
        digest = _digest(password)
        is_hash = stored is not None and stored.startswith("$2")
        against = stored.encode() if stored is not None and is_hash else self._nobody
        return await self._run(lambda: bcrypt.checkpw(digest, against)) and is_hash

    async def _run(self, work: Callable[[], T]) -> T:
        if self._in_line >= MAX_WAITING:
            raise Unavailable("Too many people are signing in just now. Try again in a moment.")
        self._in_line += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._in_line -= 1


@contextmanager
def open_passwords(threads: int = 2, cost: int = COST) -> Iterator[Passwords]:
    """Threads for bcrypt, which lets go of the interpreter while it works."""
    with ThreadPoolExecutor(threads, thread_name_prefix="bcrypt") as executor:
        yield Passwords(executor, cost)


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
