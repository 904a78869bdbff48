"""A short hash of a queue: a client whose own differs has missed something, and reloads."""

import zlib
from collections.abc import Sequence

from rooms.queue.items import Item

HASH_EVERY = 20
"""Every event of the queue whose `queue_rev` is a multiple of this carries the hash."""


def state_hash(items: Sequence[Item]) -> str:
    """CRC-32 (ISO 3309, as in zlib and PNG) of what plays and waits, eight lower-case hex digits.

    Over UTF-8 lines `{id} {rank} {state} {score}` and a line feed each, in order of rank. It finds
    mistakes, not forgers; a browser computes it without waiting, also on a page without HTTPS.
    """
    lines = "".join(
        f"{item.id} {item.rank} {item.state} {item.score}\n"
        for item in items
        if item.state in ("playing", "pending")
    )
    return f"{zlib.crc32(lines.encode()):08x}"
