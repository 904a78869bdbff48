"""DATA/run.json: what runs now and where, for scripts, tests and people."""

import os
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct


class ProcessEntry(Struct, frozen=True):
    """One process that answers."""

    role: str
    """postgres, redis, web, worker or ingest."""
    pid: int
    port: int | None
    url: str | None


class RunFile:
    """The file, replaced as a whole on every change; readable by its owner only (it has passwords).

    Nothing is written before `publish`, so that a reader who finds it finds a hub that answers.
    """

    def __init__(self, path: Path, **head: str | int) -> None:
        self._path = path
        self._head: dict[str, Any] = head
        self._entries: dict[str, ProcessEntry] = {}
        self._published = False

    def publish(self) -> None:
        """From now on the file is there and follows every change."""
        self._published = True
        self._write()

    def put(self, name: str, entry: ProcessEntry) -> None:
        """This part answers."""
        self._entries[name] = entry
        self._write()

    def drop(self, name: str) -> None:
        """This part has ended."""
        if self._entries.pop(name, None) is not None:
            self._write()

    def remove(self) -> None:
        """Nothing runs any more."""
        self._published = False
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        if not self._published:
            return
        entries = [entry for _, entry in sorted(self._entries.items())]
        body = {**self._head, "processes": [_plain(entry) for entry in entries]}
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
        fresh.replace(self._path)


def _plain(entry: ProcessEntry) -> dict[str, Any]:
    return {"role": entry.role, "pid": entry.pid, "port": entry.port, "url": entry.url}
