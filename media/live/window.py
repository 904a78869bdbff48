"""The end of a broadcast that players are shown: the last segments, and the playlists about them.

The window is stored as a value; any web node renders it. Names of segments are
`{take}-{index}.m4s`: a take is one unbroken run of an encoder.
"""

from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from media.hls.fmp4 import codecs_parameter
from media.hls.playlist import VERSION, Variant, duration_ns, target_duration_s
from rooms.times import iso

WINDOW_SEGMENTS = 20
"""About 20 s: who falls behind further has lost the broadcast anyway."""
LIVE_BITRATE_BPS = 128_000
_PEAK = 1.25
_NS = 1_000_000_000


class LiveSegment(Struct, frozen=True):
    """One segment of a broadcast."""

    take: int
    index: int
    duration_samples: int
    at_ms: int
    """Unix time at which its first sample was made."""


class LiveWindow(Struct, frozen=True):
    """The segments that are listed, and how many have gone before them."""

    sample_rate_hz: int
    segments: tuple[LiveSegment, ...] = ()
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    has_ended: bool = False

    def add(self, segment: LiveSegment) -> "LiveWindow":
        """The window with one more segment, without those that are too old."""
        segments = (*self.segments, segment)
        gone = max(0, len(segments) - WINDOW_SEGMENTS)
        kept = segments[gone:]
        breaks = sum(
            one.take != following.take for one, following in pairwise(segments[: gone + 1])
        )
        return replace(
            self,
            segments=kept,
            media_sequence=self.media_sequence + gone,
            discontinuity_sequence=self.discontinuity_sequence + breaks,
            has_ended=False,
        )

    def end(self) -> "LiveWindow":
        """The window of a broadcast that is over."""
        return replace(self, has_ended=True)


def segment_key(live_id: str, take: int, index: int) -> str:
    """Where a segment is stored."""
    return f"live/{live_id}/{take}/segment_{index:06d}.m4s"


def init_key(live_id: str, take: int) -> str:
    """Where a take's init segment is stored."""
    return f"live/{live_id}/{take}/init.mp4"


def window_key(live_id: str) -> str:
    """Where the window is stored."""
    return f"live/{live_id}/window.json"


def render_window(window: LiveWindow) -> str:
    """The media playlist (RFC 8216 §4.3.2, §4.3.3)."""
    lengths_ns = [
        duration_ns(each.duration_samples, window.sample_rate_hz) for each in window.segments
    ]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        # 1.003 s, and 1.067 s for the first: 1 for as long as the list lives, as it must be.
        f"#EXT-X-TARGETDURATION:{target_duration_s([0, *lengths_ns])}",
        f"#EXT-X-MEDIA-SEQUENCE:{window.media_sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuity_sequence}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    take: int | None = None
    for segment, length_ns in zip(window.segments, lengths_ns, strict=True):
        if segment.take != take:
            if take is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            take = segment.take
            lines.append(f'#EXT-X-MAP:URI="{take}-init.mp4"')
        whole_s, rest_ns = divmod(length_ns, _NS)
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{iso(segment.at_ms)}",
            f"#EXTINF:{whole_s}.{rest_ns:09d},",
            f"{segment.take}-{segment.index:06d}.m4s",
        ]
    if window.has_ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def live_variant() -> Variant:
    """The one rung of a broadcast."""
    return Variant(
        uri="playlist.m3u8",
        bandwidth_bps=int(LIVE_BITRATE_BPS * _PEAK),
        average_bandwidth_bps=LIVE_BITRATE_BPS,
        codecs=codecs_parameter("aac"),
        stable_id="live",
    )
