"""Asks a real media child about a file and keeps everything it says."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from media.child.messages import (
    Analysed,
    CoverMade,
    CoverRequest,
    Described,
    InitMade,
    Limits,
    Message,
    RefusedMessage,
    SegmentMade,
    Transcoded,
    TranscodeRequest,
)
from media.child.sandbox import CHILD, SILENT_MS, start_child

M = TypeVar("M")


class Heard(Struct, frozen=True):
    """What a child said, in order."""

    messages: list[Message]

    @property
    def described(self) -> Described:
        return self._one(Described)

    @property
    def analysed(self) -> Analysed:
        return self._one(Analysed)

    @property
    def transcoded(self) -> Transcoded:
        return self._one(Transcoded)

    @property
    def refused(self) -> RefusedMessage:
        return self._one(RefusedMessage)

    @property
    def is_refused(self) -> bool:
        return isinstance(self.messages[-1], RefusedMessage)

    def segments(self, rung: str) -> list[SegmentMade]:
        return [m for m in self.messages if isinstance(m, SegmentMade) and m.rung == rung]

    def init(self, rung: str) -> bytes:
        (init,) = [m for m in self.messages if isinstance(m, InitMade) and m.rung == rung]
        return init.data

    def mp4(self, rung: str) -> bytes:
        """The whole rung as one file."""
        return self.init(rung) + b"".join(made.data for made in self.segments(rung))

    def _one(self, kind: type[M]) -> M:
        (found,) = [m for m in self.messages if isinstance(m, kind)]
        return found


async def transcode(
    path: Path,
    limits: Limits | None = None,
    *,
    argv: Sequence[str] = CHILD,
    silent_ms: int = SILENT_MS,
) -> Heard:
    """A child's answer to a TranscodeRequest."""
    with path.open("rb") as file:
        fd = file.fileno()
        request = TranscodeRequest(fd, os.fstat(fd).st_size, limits or Limits())
        async with start_child("transcode", fd, argv=argv, silent_ms=silent_ms) as child:
            return Heard([message async for message in await child.ask(request)])


async def make_covers(path: Path, *, is_picture: bool) -> CoverMade:
    """A child's answer to a CoverRequest."""
    with path.open("rb") as file:
        request = CoverRequest(file.fileno(), is_picture)
        async with start_child("cover", file.fileno()) as child:
            return Heard([message async for message in await child.ask(request)])._one(CoverMade)
