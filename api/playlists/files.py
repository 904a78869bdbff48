"""A playlist as a file for other programs: JSON, CSV and M3U. Pure.

Titles are what strangers typed. In CSV a cell that a spreadsheet would take for a formula gets an
apostrophe in front (OWASP ASVS 1.2.10); in M3U a line end would begin another entry, so there are
none.
"""

import csv
import io
import re

import msgspec
from msgspec import Struct

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINE_ENDS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_HEAD = ("position", "title", "artist", "duration_seconds", "id", "url")


class SavedTrack(Struct, frozen=True, kw_only=True):
    """A track as a file keeps it."""

    id: str
    title: str
    artist: str | None
    duration_seconds: int | None
    url: str
    """Of its multivariant playlist (HLS), absolute."""


class SavedPlaylist(Struct, frozen=True, kw_only=True):
    """A playlist as a file keeps it."""

    name: str
    description: str | None
    tracks: tuple[SavedTrack, ...]


def as_json(playlist: SavedPlaylist) -> bytes:
    """All that is known, for our own import and for other programs."""
    return msgspec.json.format(msgspec.json.encode(playlist)) + b"\n"


def as_csv(playlist: SavedPlaylist) -> bytes:
    """RFC 4180 in UTF-8, a head and a line a track; every text is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(_HEAD)
    for position, track in enumerate(playlist.tracks, start=1):
        names = (_inert(track.title), _inert(track.artist or ""))
        length = "" if track.duration_seconds is None else track.duration_seconds
        writer.writerow((position, *names, length, track.id, track.url))
    return text.getvalue().encode()


def as_m3u(playlist: SavedPlaylist) -> bytes:
    """Extended M3U in UTF-8; players of files open the addresses in it."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(playlist.name)}"]
    for track in playlist.tracks:
        name = f"{track.artist} - {track.title}" if track.artist else track.title
        length = -1 if track.duration_seconds is None else track.duration_seconds
        lines += [f"#EXTINF:{length},{_line(name)}", track.url]
    return ("\n".join(lines) + "\n").encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(text: str) -> str:
    return _LINE_ENDS.sub(" ", text).strip()
