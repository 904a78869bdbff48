"""Queries, bodies and answers of a track's sound: stream, play, download (specification A7)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from api.schemas.tracks import Seconds

Quality = Literal["low", "medium", "high", "lossless"]
Format = Literal["mp3", "ogg", "m4a"]
ByteRange = Annotated[
    str, Meta(pattern=r"^bytes=(?:[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})$", max_length=60)
]

HINTS: Mapping[str, str] = {"range": "A range such as bytes=0-65535."}


class StreamQuery(Struct, frozen=True, kw_only=True):
    """GET /tracks/{id}/stream."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    quality: Quality = "high"
    format: Format | None = None
    range: ByteRange | None = None
    """What the address is to give when the request for it has no Range header."""


class AudioQuery(Struct, frozen=True, kw_only=True):
    """GET /audio/{id}/{quality}.{ext}."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    token: Annotated[str, Meta(max_length=4_096, pattern=r"^[A-Za-z0-9._-]+$")]
    expires: Annotated[int, Meta(ge=0, le=10**12)]
    """Unix seconds."""
    range: ByteRange | None = None


class StreamingInfo(Struct, frozen=True, kw_only=True):
    """How the address may be used."""

    supports_range: bool = True
    chunk_size: int = 32_768
    adaptive_streaming: bool = True
    """`hls_url` changes its quality as it goes."""
    cdn_endpoints: tuple[str, ...] = ()
    hls_url: str


class StreamAnswer(Struct, frozen=True, kw_only=True):
    """Where to play a track from."""

    track_id: int
    track_uuid: str
    stream_url: str
    expires_at: str | None
    """None for HLS, whose address needs no token for who may hear the track."""
    quality: str
    """What is served: the closest at or below the quality asked for."""
    format: Literal["m4a", "hls"]
    """`hls` where there is no file of the format asked for."""
    codec: str
    bitrate: int
    """kbit/s."""
    estimated_size: int
    """Bytes."""
    duration: float | None
    """Seconds."""
    streaming_info: StreamingInfo


class PlayLog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /tracks/{id}/play."""

    duration: Seconds | None = None
    """Seconds that were played; the whole track when left out."""
    device: Annotated[str, Meta(max_length=100)] | None = None


class PlayAnswer(Struct, frozen=True):
    """Answer to a play."""

    counted: bool
    """Whether it is one of the track's plays: half a minute, or half of a short track."""
    duration: int
    """Seconds that were written down: no more than have passed since the caller's last play."""
