"""What a worker finds out about a file and makes of it, as players and the API see it."""

from msgspec import Struct


class RungFacts(Struct, frozen=True):
    """One rung as players and the API see it (column `tracks.rungs`)."""

    name: str
    codec: str
    codecs: str
    bitrate_bps: int
    sample_rate_hz: int
    channels: int
    priming_samples: int
    """Coded samples before the music, in the first segment."""
    segment_samples: int
    """Samples of music in each segment but the last."""
    segments: int = 0
    size_bytes: int = 0


class FileFacts(Struct, frozen=True):
    """What the original turned out to be; its tags fill what nobody typed."""

    format: str
    """mp3, wav, flac, ogg, m4a or aac, whatever the file was called."""
    codec: str
    bitrate_bps: int
    sample_rate_hz: int
    channels: int
    is_lossless: bool
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None
    year: int | None = None


class MediaFacts(Struct, frozen=True):
    """What was made of it."""

    rungs: tuple[RungFacts, ...]
    duration_ms: int
    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    has_cover: bool
