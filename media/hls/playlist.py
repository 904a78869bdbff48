"""HLS playlists as values: rendered to text and parsed back (RFC 8216).

`parse(render(p)) == p` for every playlist; its tests hold it with hypothesis.
Durations are whole nanoseconds, so nothing is lost in the decimal fraction of EXTINF.
"""

import re
from typing import Literal

from msgspec import Struct

from rooms.errors import Invalid

VERSION = 7
"""EXT-X-MAP in a playlist without I-frames asks for 6 or more; fMP4 players expect 7 (§7)."""

_NS = 1_000_000_000
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')


class PlaylistSegment(Struct, frozen=True):
    """One EXTINF and its URI."""

    uri: str
    duration_ns: int


class MediaPlaylist(Struct, frozen=True):
    """All segments of one rung."""

    init_uri: str
    segments: tuple[PlaylistSegment, ...]
    kind: Literal["EVENT", "VOD"]
    """EVENT while it may still grow at its end, VOD when it never changes again."""
    has_ended: bool
    target_duration_s: int
    media_sequence: int = 0


class Variant(Struct, frozen=True):
    """One rung as the multivariant playlist names it."""

    uri: str
    bandwidth_bps: int
    """The largest bitrate of any segment."""
    average_bandwidth_bps: int
    codecs: str
    """RFC 6381, such as `mp4a.40.2`."""
    stable_id: str
    """Name of the rung."""


class MultivariantPlaylist(Struct, frozen=True):
    """All rungs of a track."""

    variants: tuple[Variant, ...]


def duration_ns(samples: int, sample_rate_hz: int) -> int:
    """`samples` at `sample_rate_hz`, to the nearest nanosecond."""
    return (samples * _NS + sample_rate_hz // 2) // sample_rate_hz


def target_duration_s(durations_ns: list[int]) -> int:
    """The smallest legal EXT-X-TARGETDURATION: EXTINF rounded to whole seconds (§4.3.3.1)."""
    return max(1, *((ns + _NS // 2) // _NS for ns in durations_ns))


def render_media(playlist: MediaPlaylist) -> str:
    """The text of a media playlist (§4.3.2, §4.3.3)."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{playlist.target_duration_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{playlist.media_sequence}",
        f"#EXT-X-PLAYLIST-TYPE:{playlist.kind}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{playlist.init_uri}"',
    ]
    for segment in playlist.segments:
        lines += [f"#EXTINF:{_seconds(segment.duration_ns)},", segment.uri]
    if playlist.has_ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def render_multivariant(playlist: MultivariantPlaylist) -> str:
    """The text of a multivariant playlist (§4.3.4)."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in playlist.variants:
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={variant.bandwidth_bps}"
            f",AVERAGE-BANDWIDTH={variant.average_bandwidth_bps}"
            f',CODECS="{variant.codecs}",STABLE-VARIANT-ID="{variant.stable_id}"',
            variant.uri,
        ]
    return "\n".join(lines) + "\n"


def parse_media(text: str) -> MediaPlaylist:
    """A media playlist of the kind this project writes. Raises `Invalid` on anything else."""
    tags, entries = _split(text, "#EXTINF:")
    segments = tuple(
        PlaylistSegment(uri, _nanoseconds(value.partition(",")[0])) for value, uri in entries
    )
    kind = tags.get("#EXT-X-PLAYLIST-TYPE")
    if kind not in {"EVENT", "VOD"}:
        raise _bad("EXT-X-PLAYLIST-TYPE is missing")
    return MediaPlaylist(
        init_uri=_attributes(_required(tags, "#EXT-X-MAP")).get("URI", ""),
        segments=segments,
        kind="EVENT" if kind == "EVENT" else "VOD",
        has_ended="#EXT-X-ENDLIST" in tags,
        target_duration_s=_integer(_required(tags, "#EXT-X-TARGETDURATION")),
        media_sequence=_integer(tags.get("#EXT-X-MEDIA-SEQUENCE", "0")),
    )


def parse_multivariant(text: str) -> MultivariantPlaylist:
    """A multivariant playlist of the kind this project writes. Raises `Invalid`."""
    _, entries = _split(text, "#EXT-X-STREAM-INF:")
    return MultivariantPlaylist(tuple(_variant(value, uri) for value, uri in entries))


def _variant(value: str, uri: str) -> Variant:
    attributes = _attributes(value)
    bandwidth_bps = _integer(attributes.get("BANDWIDTH", ""))
    return Variant(
        uri=uri,
        bandwidth_bps=bandwidth_bps,
        average_bandwidth_bps=_integer(attributes.get("AVERAGE-BANDWIDTH", str(bandwidth_bps))),
        codecs=attributes.get("CODECS", ""),
        stable_id=attributes.get("STABLE-VARIANT-ID", ""),
    )


def _split(text: str, entry_tag: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Single tags by name, and each `entry_tag` with the URI on the next line that is no tag."""
    lines = text.split("\n")
    if lines[0].rstrip("\r") != "#EXTM3U":
        raise _bad("it does not begin with #EXTM3U")
    tags: dict[str, str] = {}
    entries: list[tuple[str, str]] = []
    pending: str | None = None
    for raw in lines[1:]:
        line = raw.strip()
        if line.startswith(entry_tag):
            pending = line.removeprefix(entry_tag)
        elif line.startswith("#"):
            name, _, value = line.partition(":")
            tags[name] = value
        elif line:
            if pending is None:
                raise _bad("a URI stands without its tag")
            entries.append((pending, line))
            pending = None
    if pending is not None:
        raise _bad("a tag stands without its URI")
    return tags, entries


def _attributes(value: str) -> dict[str, str]:
    return {name: quoted.strip('"') for name, quoted in _ATTRIBUTE.findall(value)}


def _required(tags: dict[str, str], name: str) -> str:
    try:
        return tags[name]
    except KeyError:
        raise _bad(f"{name.removeprefix('#')} is missing") from None


def _seconds(nanoseconds: int) -> str:
    whole, rest = divmod(nanoseconds, _NS)
    return f"{whole}.{rest:09d}"


def _nanoseconds(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    if len(fraction) > 9:
        raise _bad("a duration has more than nine decimals")
    return _integer(whole) * _NS + _integer(fraction.ljust(9, "0"))


def _integer(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise _bad("a number is missing or malformed")
    return int(digits)


def _bad(why: str) -> Invalid:
    return Invalid(f"This is no playlist that can be read: {why}.", "INVALID_PLAYLIST")
