"""Bytes on their way from a request into the object store: looked at, counted, hashed, reported."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from api.bodies import RequestTimeout
from api.parts import Publish
from api.uploads.audio_types import HEAD_BYTES, TAKEN, AudioFormat, describe, sniff
from rooms.errors import Invalid, TooLarge
from rooms.ids import user_stream

Read = Callable[[], Awaitable[bytes]]
"""Gives the next piece of a body, b"" at its end."""

PIECE_BYTES = 256 * 1024
STALL_S = 30
"""A body that brings nothing for so long is given up."""
REPORT_EVERY_S = 0.2


class FileTooLarge(TooLarge):
    """More bytes than the plan allows."""

    default_code = "FILE_TOO_LARGE"


class InvalidAudioFormat(Invalid):
    """Not one of the formats that are taken, whatever its name says."""

    default_code = "INVALID_AUDIO_FORMAT"


class UploadCut(Invalid):
    """The sender is gone, or his body ended in the middle."""

    default_code = "UPLOAD_CUT"


class Progress:
    """Tells the sender's own sockets how far his upload is, five times a second at most."""

    def __init__(
        self, publish: Publish, user_id: str, upload_id: str, total: int | None, filename: str = ""
    ) -> None:
        self._publish = publish
        self._stream = user_stream(user_id)
        self._upload_id = upload_id
        self._total = total
        self._filename = filename
        self._next_s = 0.0

    def name(self, filename: str) -> None:
        """Say what the file is called, once that is known."""
        self._filename = filename

    async def at(self, received_bytes: int, *, done: bool = False) -> None:
        """Report so many bytes, unless the last report was just now."""
        now_s = time.monotonic()
        if not done and now_s < self._next_s:
            return
        self._next_s = now_s + REPORT_EVERY_S
        total = received_bytes if done else self._total
        percent = None if not total else min(100, received_bytes * 100 // total)
        data: dict[str, Any] = {
            "upload_id": self._upload_id,
            "filename": self._filename,
            "received_bytes": received_bytes,
            "total_bytes": total,
            "percent": percent,
            "done": done,
        }
        await self._publish(self._stream, "upload:progress", data)


class Receipt:
    """What is known of a body once it has been read through `pieces`."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.format: AudioFormat | None = None
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> bytes:
        """Digest of what has come so far."""
        return self._sha256.digest()

    def take(self, piece: bytes) -> None:
        """Count and hash one piece (a quarter of a millisecond; not worth a thread)."""
        self.size_bytes += len(piece)
        self._sha256.update(piece)


async def audio_pieces(
    read: Read, receipt: Receipt, max_bytes: int, progress: Progress | None
) -> AsyncIterator[bytes]:
    """The body as it comes, once its first bytes have shown that it is audio.

    Raises:
        InvalidAudioFormat: it is something else, which the message names.
        FileTooLarge: more than `max_bytes`.
        RequestTimeout: it stalled.
        UploadCut: it ended in the middle.
    """
    head = bytearray()
    while len(head) < HEAD_BYTES and (piece := await steady(read)):
        head += piece
    receipt.format = audio_format(bytes(head[:HEAD_BYTES]))
    piece = bytes(head)
    while piece:
        receipt.take(piece)
        if receipt.size_bytes > max_bytes:
            raise too_large(max_bytes)
        yield piece
        if progress is not None:
            await progress.at(receipt.size_bytes)
        piece = await steady(read)


async def plain_pieces(read: Read, receipt: Receipt, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes, whatever it is; raises as `audio_pieces`."""
    while piece := await steady(read):
        receipt.take(piece)
        if receipt.size_bytes > max_bytes:
            raise too_large(max_bytes)
        yield piece


async def steady(read: Read) -> bytes:
    """The next piece.

    Raises:
        RequestTimeout: none came for 30 s.
        UploadCut: the connection is gone, or the form ends before its last boundary.
    """
    try:
        async with asyncio.timeout(STALL_S):
            return await read()
    except TimeoutError as exc:
        raise RequestTimeout("The upload stalled and was given up. Send it again.") from exc
    except (ConnectionError, ValueError) as exc:
        raise UploadCut("The upload ended in the middle. Send it again.") from exc


def audio_format(head: bytes) -> AudioFormat:
    """The format of a file that begins with `head`. Raises InvalidAudioFormat."""
    found = sniff(head)
    if found is None:
        raise InvalidAudioFormat(f"This is {describe(head)}. {TAKEN}")
    return found


def too_large(max_bytes: int) -> FileTooLarge:
    """The error that names the limit."""
    return FileTooLarge(f"The file is larger than {max_bytes / 1024**2:.0f} MB, the most we take.")
