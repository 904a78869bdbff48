"""What happened, one line an event, in the order in which the harness saw it."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct


class Entry(Struct, frozen=True, omit_defaults=True, gc=False):
    """One line. `t_s` is the harness's monotonic clock; what a field means depends on `f`.

    Holds nothing that could hold it, and there are millions: the garbage collector leaves them out.
    """

    t_s: float
    f: str
    """member | send ok fail info | up down | heard shown caught_up | sees | fault drain back"""
    who: int = -1
    """Number of the person."""
    link: int = -1
    """Number of his connection."""
    node: int = -1
    room: str = ""
    op: str = ""
    """Id of the message."""
    seq: int = -1
    why: str = ""
    seen: tuple[int, ...] = ()
    """Numbers of the people that are shown as there."""
    kind: str = ""
    begins: bool = False


class History:
    """Entries in memory, and in a file when there is one."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._file = path.open("wb") if path is not None else None

    def note(self, f: str, **fields: Any) -> Entry:
        """Adds an entry of this moment."""
        entry = Entry(time.monotonic(), f, **fields)
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(msgspec.json.encode(entry) + b"\n")
        return entry

    def of(self, *kinds: str) -> Iterator[Entry]:
        """Entries of these kinds, oldest first."""
        return (entry for entry in self.entries if entry.f in kinds)

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            self._file.close()


def read(lines: Iterable[bytes]) -> History:
    """A history that was written to a file."""
    history = History()
    history.entries = [msgspec.json.decode(line, type=Entry) for line in lines]
    return history
