"""Opens an uploaded file with FFmpeg and finds out what is in it. Runs in the media child.

FFmpeg gets a view of the bytes without a name, the one demuxer that the first bytes ask for, and a
list of audio decoders; it may open nothing else. With less than that a playlist named song.mp3
reads private files and makes network requests, and a cover is decoded while the file is still being
opened.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from msgspec import Struct

from media.child.messages import Limits
from media.child.refusal import ACCEPTED, Refused, too_long
from media.child.riff import promised_wav_ms
from media.sniff import HEAD_BYTES, Sniffed, id3_bytes, sniff
from media.transcode.ladder import Source

_DECODERS = ",".join(
    ["mp3", "mp3float", "aac", "aac_fixed", "flac", "alac", "vorbis", "opus", "libopus"]
    + [f"pcm_{name}" for name in ("u8", "s8", "alaw", "mulaw")]
    + [
        f"pcm_{kind}{order}"
        for kind in ("s16", "s24", "s32", "f32", "f64")
        for order in ("le", "be")
    ]
)

_READ_BYTES = 256 * 1024

_HEADERS_TELL_LENGTH = frozenset({"flac", "wav", "m4a"})
"""Formats whose header says how much there must be; an MP3 that is cut is just a shorter MP3."""
_CREDIBLE_MS = 12 * 3_600_000
"""A header that claims more than this is a lie or a default, and not a sign of a cut file."""
_MOST_OF_IT = 0.5


class Probed(Struct, frozen=True):
    """An open file and what it is."""

    sniffed: Sniffed
    source: Source
    container: InputContainer
    stream: AudioStream


class FileView(io.RawIOBase):
    """The bytes of `fd` from `start` on; a stream without a name for FFmpeg to guess from."""

    def __init__(self, fd: int, start: int) -> None:
        super().__init__()
        self._fd = fd
        self._start = start
        self._size = max(os.fstat(fd).st_size - start, 0)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes from where we are."""
        left = self._size - self._position
        block = os.pread(
            self._fd, left if size < 0 else max(min(size, left), 0), self._start + self._position
        )
        self._position += len(block)
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; positions count from `start`."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(origin + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position


@contextmanager
def open_source(fd: int, limits: Limits) -> Iterator[Probed]:
    """The audio in `fd`, ready to decode.

    Raises:
        Refused: it is no audio that we take, or beyond a limit.
    """
    head = os.pread(fd, HEAD_BYTES, 0)
    skip_bytes = id3_bytes(head)
    if skip_bytes:
        head = os.pread(fd, HEAD_BYTES, skip_bytes)
    sniffed = sniff(head, had_id3=skip_bytes > 0, takes_webm=limits.takes_webm)
    try:
        container = av.open(
            FileView(fd, skip_bytes),
            format=sniffed.demuxer,
            options={
                "format_whitelist": sniffed.demuxer,
                "codec_whitelist": _DECODERS,
                "protocol_whitelist": "none",
            },
            buffer_size=_READ_BYTES,
            metadata_errors="replace",
            io_open=_refuse_to_open,
        )
    except (av.FFmpegError, OSError) as error:
        raise Refused(
            f"The file looks like {sniffed.format.upper()}, but the decoder cannot read it: it is "
            "damaged, cut off, or of an unusual kind."
        ) from error
    assert isinstance(container, InputContainer)
    with container:
        stream = _audio_stream(container, limits)
        promised_ms = promised_wav_ms(fd, skip_bytes) if sniffed.demuxer == "wav" else None
        yield Probed(sniffed, _source(container, stream, fd, promised_ms), container, stream)


def check_whole(probed: Probed, decoded_ms: int) -> None:
    """Refuse a file of which most is missing.

    Raises:
        Refused: less than half of what its header promises could be decoded.
    """
    claimed_ms = probed.source.claimed_duration_ms
    if (
        claimed_ms is not None
        and probed.sniffed.format in _HEADERS_TELL_LENGTH
        and claimed_ms <= _CREDIBLE_MS
        and decoded_ms < claimed_ms * _MOST_OF_IT
    ):
        percent = 100 * decoded_ms // claimed_ms
        raise Refused(
            f"The file is cut off: only {percent} % of the recording is there. "
            "Please send it again."
        )


def check_length(decoded_samples: int, source: Source, limits: Limits) -> None:
    """Refuse a recording that has become too long. What was decoded counts, not what headers say.

    Raises:
        Refused: DURATION_EXCEEDED.
    """
    allowed_ms = limits.max_duration_ms
    if allowed_ms is not None and decoded_samples * 1_000 > allowed_ms * source.sample_rate_hz:
        raise too_long(allowed_ms)
    if decoded_samples * source.channels > limits.max_pcm_samples:
        raise too_long(limits.max_pcm_samples * 1_000 // (source.channels * source.sample_rate_hz))


def _refuse_to_open(*_: object) -> NoReturn:
    raise Refused("The file points to other files. Please send the recording itself.")


def _audio_stream(container: InputContainer, limits: Limits) -> AudioStream:
    if len(container.streams) > limits.max_streams:
        raise Refused(
            f"The file holds {len(container.streams)} streams; at most {limits.max_streams} are "
            "allowed."
        )
    if not container.streams.audio:
        raise Refused(f"The file holds no sound. Please send {ACCEPTED}.")
    stream = container.streams.audio[0]
    context = stream.codec_context
    # None, whatever PyAV's annotations say, when no decoder may be used for the stream.
    if getattr(context, "name", None) not in _DECODERS.split(","):
        raise Refused("The sound in the file is coded in a way that is not supported.")
    if not context.sample_rate or not context.channels:
        raise Refused("No sound could be found in the file: it is damaged or not audio at all.")
    if context.channels > limits.max_channels:
        raise Refused(
            f"The recording has {context.channels} channels; at most {limits.max_channels} are "
            "allowed."
        )
    if not limits.min_sample_rate_hz <= context.sample_rate <= limits.max_sample_rate_hz:
        raise Refused(
            f"The sample rate of {context.sample_rate} Hz is outside "
            f"{limits.min_sample_rate_hz} to {limits.max_sample_rate_hz} Hz."
        )
    return stream


def _source(
    container: InputContainer, stream: AudioStream, fd: int, promised_ms: int | None
) -> Source:
    context = stream.codec_context
    claimed_ms = promised_ms or _claimed_ms(container, stream)
    bitrate_bps = stream.bit_rate or container.bit_rate or 0
    if not bitrate_bps and claimed_ms:
        bitrate_bps = os.fstat(fd).st_size * 8_000 // claimed_ms
    return Source(
        container=container.format.name,
        codec=context.name,
        sample_rate_hz=context.sample_rate,
        channels=context.channels,
        bitrate_bps=bitrate_bps,
        bits_per_sample=16 if context.format.bytes <= 2 else 24,
        claimed_duration_ms=claimed_ms,
    )


def _claimed_ms(container: InputContainer, stream: AudioStream) -> int | None:
    if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
        return int(stream.duration * stream.time_base * 1_000)
    if container.duration is not None and container.duration > 0:
        return container.duration // 1_000  # AV_TIME_BASE is a microsecond
    return None
