"""What the hub and its media child say to each other, and how it crosses the pipe.

A request goes to the child's stdin, messages come from its stdout: MessagePack, each behind its
length in four bytes. The child works on untrusted bytes, so the parent believes nothing it says:
lengths are bounded, shapes are checked, names come from a fixed list.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from media.child.loudness import Loudness
from media.sniff import Format
from media.transcode.ladder import Rung, RungName, Source

HEADER_BYTES = 4
MAX_MESSAGE_BYTES = 24 * 1024 * 1024
"""The largest honest message is 4 s of 24-bit stereo at 192 kHz in FLAC: under 5 MB. Twenty minutes
of waveform are 0.6 MB."""
MAX_HEARD_SAMPLES = 24_000
"""Half a second of a broadcast; a frame of AAC is 23 ms."""


class Limits(Struct, frozen=True):
    """What an upload may cost."""

    max_duration_ms: int | None = None
    """Longest recording; None leaves it to `max_pcm_samples`."""
    max_channels: int = 8
    min_sample_rate_hz: int = 8_000
    max_sample_rate_hz: int = 192_000
    max_streams: int = 4
    max_pcm_samples: int = 48_000 * 2 * 3_600 * 12
    """Samples times channels: twelve hours of stereo at 48 kHz."""
    takes_webm: bool = False
    """WebM and Matroska, too: what browsers record is no track, but a message."""


class TranscodeRequest(Struct, frozen=True, tag="transcode"):
    """Make the ladder of the file open as `fd`."""

    fd: int
    size_bytes: int
    limits: Limits


class CoverRequest(Struct, frozen=True, tag="cover"):
    """Make the two cover images: of the picture open as `fd`, or of the one in its tags."""

    fd: int
    is_picture: bool


class PullRequest(Struct, frozen=True, tag="pull"):
    """Hear the broadcast at `url` of the RTMP server, if it is there within `within_ms`."""

    url: str
    within_ms: int


Request = TranscodeRequest | CoverRequest | PullRequest
Work = Literal["transcode", "cover", "pull"]
"""What a child is started for, so that it can load what it will need."""


class Tags(Struct, frozen=True):
    """What the tags of a file say, trimmed to sane text."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None
    year: int | None = None


class Described(Struct, frozen=True, tag="described"):
    """The file is audio and worth decoding. First message of a transcode."""

    format: Format
    source: Source
    tags: Tags
    rungs: tuple[Rung, ...]


class InitMade(Struct, frozen=True, tag="init"):
    """The init segment of a rung; comes before its first segment."""

    rung: RungName
    data: bytes


class SegmentMade(Struct, frozen=True, tag="segment"):
    """One segment of a rung, in order."""

    rung: RungName
    index: int
    duration_samples: int
    data: bytes


class Progressed(Struct, frozen=True, tag="progress"):
    """How much of the source has been decoded."""

    decoded_ms: int


class Analysed(Struct, frozen=True, tag="analysed"):
    """What listening to the whole track found."""

    loudness: Loudness
    waveform_json: bytes


class Transcoded(Struct, frozen=True, tag="transcoded"):
    """Every rung is complete. Last message of a transcode."""

    duration_samples: int
    """Decoded length, in samples of the source."""
    sample_rate_hz: int


class CoverMade(Struct, frozen=True, tag="cover"):
    """Both images as JPEG, or neither: the file has no usable picture."""

    cover_jpeg: bytes | None
    thumbnail_jpeg: bytes | None


class SoundHeard(Struct, frozen=True, tag="sound"):
    """A piece of a broadcast: 16-bit stereo at 48 kHz, as it lies in memory."""

    stamp: int
    """Number of its first sample."""
    data: bytes


class Ended(Struct, frozen=True, tag="ended"):
    """The broadcast is over, or the server is gone. Last message of a pull."""


class RefusedMessage(Struct, frozen=True, tag="refused"):
    """The file cannot be used, with a reason for its owner. Ends the conversation."""

    code: str
    message: str


Message = (
    Described
    | InitMade
    | SegmentMade
    | Progressed
    | Analysed
    | Transcoded
    | CoverMade
    | SoundHeard
    | Ended
    | RefusedMessage
)

_encoder = msgspec.msgpack.Encoder()
_request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def frame(value: Request | Message) -> bytes:
    """`value` as it crosses the pipe."""
    body = _encoder.encode(value)
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def read_request(body: bytes) -> Request:
    """A request without its length. Raises `msgspec.DecodeError`."""
    return _request_decoder.decode(body)


def read_message(body: bytes) -> Message:
    """A message without its length. Raises `msgspec.DecodeError`."""
    return _message_decoder.decode(body)
