"""Pictures and sounds for chat: looked at, made anew in a child process, never passed on as sent.

A picture becomes a JPEG of at most 1,024 px a side and a thumbnail, an animation its first frame;
a sound, also one that a browser recorded, becomes AAC in one file, with its outline for drawing.
What was hidden behind, before or in them is gone.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from msgspec import Struct, json

from media.child.messages import (
    Analysed,
    CoverMade,
    CoverRequest,
    InitMade,
    Limits,
    RefusedMessage,
    SegmentMade,
    Transcoded,
    TranscodeRequest,
)
from media.child.peaks import Waveform
from media.child.refusal import ACCEPTED, INVALID_AUDIO_FORMAT, PROCESSING_ERROR, Refused
from media.child.sandbox import CHILD, SILENT_MS, Child, ChildFailed, start_child
from media.sniff import HEAD_BYTES, id3_bytes, sniff
from rooms.errors import HubError
from storage.messages.attachments import Prepared

MAX_IMAGE_BYTES = 10 * 1024**2
MAX_AUDIO_BYTES = 25 * 1024**2
MAX_AUDIO_MS = 10 * 60_000
PEAKS = 200
AT_ONCE = 2
"""Children that one node runs for attachments; others wait their turn."""

_RUNG = "medium"
_SOUNDS = ACCEPTED.replace(" or ", ", ") + " or WebM"
_TAKEN = f"a picture (JPEG, PNG, WebP or GIF) or a sound ({_SOUNDS})"


class AttachmentRefused(HubError):
    """The file is none that chat takes."""

    status = 415
    default_code = "UNSUPPORTED_MEDIA"


class Attachments(Struct, frozen=True):
    """Makes attachments of files that strangers sent."""

    turns: asyncio.Semaphore
    scratch: Path | None = None
    silent_ms: int = SILENT_MS
    argv: Sequence[str] = CHILD

    async def prepare(self, fd: int) -> Prepared:
        """What is stored of the file open as `fd`.

        Raises:
            AttachmentRefused: no picture and no sound that we take, or too large or too long.
        """
        head, size_bytes = os.pread(fd, HEAD_BYTES, 0), os.fstat(fd).st_size
        try:
            async with self.turns:
                if _is_picture(head):
                    _check_size(size_bytes, MAX_IMAGE_BYTES)
                    return await self._picture(fd)
                skip_bytes = id3_bytes(head)
                head = os.pread(fd, HEAD_BYTES, skip_bytes)
                sniff(head, had_id3=skip_bytes > 0, takes_webm=True)
                _check_size(size_bytes, MAX_AUDIO_BYTES)
                return await self._sound(fd, size_bytes)
        except Refused as refused:
            raise AttachmentRefused(refused.message.replace(ACCEPTED, _TAKEN)) from refused
        except ChildFailed as failed:
            raise AttachmentRefused("The file could not be processed.") from failed

    async def _picture(self, fd: int) -> Prepared:
        async with self._child("cover", fd) as child:
            answer = await anext(await child.ask(CoverRequest(fd, is_picture=True)))
        if not isinstance(answer, CoverMade) or not answer.cover_jpeg or not answer.thumbnail_jpeg:
            raise Refused("The picture is damaged, or larger than 25 megapixels.")
        width_px, height_px = _jpeg_size(answer.cover_jpeg)
        return Prepared(
            kind="image",
            mime_type="image/jpeg",
            data=answer.cover_jpeg,
            thumbnail=answer.thumbnail_jpeg,
            width_px=width_px,
            height_px=height_px,
        )

    async def _sound(self, fd: int, size_bytes: int) -> Prepared:
        pieces: dict[str, list[bytes]] = {}
        peaks: tuple[int, ...] = ()
        limits = Limits(max_duration_ms=MAX_AUDIO_MS, takes_webm=True)
        async with self._child("transcode", fd) as child:
            async for message in await child.ask(TranscodeRequest(fd, size_bytes, limits)):
                match message:
                    case InitMade(rung=rung, data=data) | SegmentMade(rung=rung, data=data):
                        pieces.setdefault(rung, []).append(data)
                    case Analysed(waveform_json=text):
                        peaks = outline(json.decode(text, type=Waveform).data)
                    case RefusedMessage(message=why, code=code):
                        raise Refused(why, code)
                    case Transcoded(duration_samples=samples, sample_rate_hz=rate_hz):
                        duration_ms = samples * 1_000 // max(rate_hz, 1)
                        chosen = _RUNG if _RUNG in pieces else min(pieces, default="")
                        if not chosen:
                            break
                        return Prepared(
                            kind="audio",
                            mime_type="audio/mp4",
                            data=b"".join(pieces[chosen]),
                            duration_ms=duration_ms,
                            peaks=peaks,
                        )
        raise Refused("The recording could not be processed.", PROCESSING_ERROR)

    @asynccontextmanager
    async def _child(self, work: str, fd: int) -> AsyncIterator[Child]:
        kind = "cover" if work == "cover" else "transcode"
        async with start_child(
            kind,  # type: ignore[arg-type] # one of the two words above
            fd,
            scratch=self.scratch,
            silent_ms=self.silent_ms,
            argv=self.argv,
        ) as child:
            yield child


def outline(pairs: Sequence[int], most: int = PEAKS) -> tuple[int, ...]:
    """Loudest sample, 0 to 127, of each of at most `most` equal stretches.

    Args:
        pairs: lowest and highest sample, one after the other, -128 to 127.
        most: how many stretches.
    """
    loud = [max(-low, high) for low, high in zip(pairs[::2], pairs[1::2], strict=False)]
    count = min(most, len(loud))
    cuts = [len(loud) * n // count for n in range(count + 1)] if count else []
    return tuple(min(127, max(loud[a:b])) for a, b in pairwise(cuts) if b > a)


def _is_picture(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")) or (
        head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    )


def _check_size(size_bytes: int, most: int) -> None:
    if size_bytes > most:
        raise Refused(f"The file is larger than {most // 1024**2} MB.", INVALID_AUDIO_FORMAT)


def _jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81 §B.2.2) of a JPEG we made ourselves."""
    position = 2
    while position + 9 < len(jpeg):
        marker, length = (
            jpeg[position + 1],
            int.from_bytes(jpeg[position + 2 : position + 4], "big"),
        )
        if marker in (0xC0, 0xC1, 0xC2):
            return (
                int.from_bytes(jpeg[position + 7 : position + 9], "big"),
                int.from_bytes(jpeg[position + 5 : position + 7], "big"),
            )
        position += 2 + length
    raise Refused("The picture could not be processed.", PROCESSING_ERROR)


def open_attachments(scratch: Path | None = None) -> Attachments:
    """Ready to prepare attachments, `AT_ONCE` at a time."""
    return Attachments(asyncio.Semaphore(AT_ONCE), scratch)
