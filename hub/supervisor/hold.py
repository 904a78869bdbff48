"""One `veza up` a data folder: a lock that the kernel takes back when its holder dies."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson


class DataHeld(RuntimeError):
    """Another `veza up` runs on this folder."""

    def __init__(self, data: Path, holder: dict[str, object]) -> None:
        super().__init__(
            f"{data} is held by `veza up` with pid {holder.get('pid', 'unknown')}"
            f" at {holder.get('url', 'an unknown address')}"
        )
        self.holder = holder


@contextmanager
def hold(data: Path) -> Iterator[Callable[[str], None]]:
    """Hold the folder while the block runs; yields what tells others the address, once known.

    The lock is flock(2) on DATA/lock: a crash of any kind releases it, so there is no stale lock.
    The file's text, pid and url, is only for the message that a second one gets.

    Raises:
        DataHeld: by whom.
    """
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise DataHeld(data, _read(file.read())) from exc

        def say(**known: object) -> None:
            text = orjson.dumps({"pid": os.getpid(), **known})
            os.truncate(file.fileno(), 0)
            os.pwrite(file.fileno(), text, 0)

        say()
        yield lambda url: say(url=url)
        os.truncate(file.fileno(), 0)


def _read(text: bytes) -> dict[str, object]:
    """What the holder wrote; nothing when it is only just writing."""
    try:
        holder = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return holder if isinstance(holder, dict) else {}
