"""Keeps in memory the files that programs run from, as any machine does that has memory to spare.

Not every one does: a virtual machine may give back to its host whatever nobody has touched for a
minute, however much is free. Code that a browser needs once a minute, such as that of a seek, is
then read from the disk again, a page at a time: all programs together waited for the disk for 6 s
in five minutes, and for 0.1 s with their files held. Locked pages are not given back.
"""

import asyncio
import logging
import mmap
import os
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

_MAP_LOCKED = 0x2000
"""Of Linux on x86 and ARM; Python has no name for it."""
AGAIN_AFTER_S = 2.0
LOOKS = 3
"""At each process: what it loads a little later has to be found, too, and looking holds it up."""


class Held(ExitStack):
    """Files that stay in memory until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[int, int]] = set()
        self._looks: Counter[int] = Counter()
        self.size_bytes = 0
        """Of all of them."""

    def hold(self, path: Path) -> None:
        """Reads a file into memory, where it stays; again and again is once. Blocks."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return  # it was replaced or taken away while it is in use
        try:
            about = os.fstat(file)
            key = (about.st_dev, about.st_ino)
            if key in self._seen or not stat.S_ISREG(about.st_mode) or about.st_size == 0:
                return
            self._seen.add(key)
            flags = mmap.MAP_SHARED | _MAP_LOCKED
            mapped = mmap.mmap(file, about.st_size, flags=flags, prot=mmap.PROT_READ)
            self.callback(mapped.close)
            self.size_bytes += about.st_size
        except OSError as error:
            log.warning("residency.not_held", extra={"path": str(path), "error": str(error)})
        finally:
            os.close(file)

    def hold_children(self) -> None:
        """Does so for what all that this process has started has mapped by now. Blocks."""
        for process in psutil.Process().children(recursive=True):
            if self._looks[process.pid] < LOOKS:
                self._looks[process.pid] += 1
                for path in _mapped(process.pid):
                    self.hold(path)


@asynccontextmanager
async def resident() -> AsyncIterator[Held]:
    """While the block runs, all that this process has started keeps its files in memory."""
    with Held() as held:

        async def hold() -> None:
            while True:
                await asyncio.to_thread(held.hold_children)
                await asyncio.sleep(AGAIN_AFTER_S)

        async with asyncio.TaskGroup() as group:
            holding = group.create_task(hold())
            yield held
            holding.cancel()


def _mapped(pid: int) -> Iterator[Path]:
    """Files that a process has mapped, its program among them; not those that live in memory."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return  # it has ended
    paths = {line.split(maxsplit=5)[5] for line in lines if line.count("/") and " /" in line}
    for path in sorted(paths):
        if not path.startswith(("/dev/", "/memfd:")) and not path.endswith(" (deleted)"):
            yield Path(path)
