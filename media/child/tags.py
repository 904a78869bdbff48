"""Title, artist and the like out of a file's tags, and the picture in them.

Runs in the media child. tinytag reads MP3, WAV, FLAC, OGG and M4A in pure Python; FFmpeg never
touches the picture.
"""

import re
import unicodedata
from contextlib import suppress
from typing import BinaryIO

from tinytag import TinyTag, TinyTagException

from media.child.messages import Tags

_MAX_CHARS = 200
"""As much as a title may have at the REST door."""
_MAX_PICTURE_BYTES = 32 * 1024 * 1024
_YEARS = range(1_000, 2_200)

# Control characters, line separators, lone surrogates and what reorders its neighbours on a screen.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

_BROKEN = (
    TinyTagException,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    MemoryError,
)
"""What tinytag may raise on tags made to break it: then the file has no tags."""


def read_tags(file: BinaryIO) -> Tags:
    """The tags of an audio file; empty when it has none or they are broken."""
    with suppress(*_BROKEN):
        file.seek(0)
        found = TinyTag.get(file_obj=file, duration=False)
        return Tags(
            title=_line(found.title),
            artist=_line(found.artist or found.albumartist),
            album=_line(found.album),
            genre=_genre(found.genre),
            year=_year(found.year),
        )
    return Tags()


def read_picture(file: BinaryIO) -> bytes | None:
    """The front cover in the tags, as it stands there; None without one."""
    with suppress(*_BROKEN):
        file.seek(0)
        images = TinyTag.get(file_obj=file, duration=False, image=True).images
        picture = images.front_cover or images.any
        if picture is not None and 0 < len(picture.data) <= _MAX_PICTURE_BYTES:
            return picture.data
    return None


def _line(value: str | None) -> str | None:
    if not value:
        return None
    # Cut first: normalising ten megabytes of combining marks takes its time.
    text = _HIDDEN.sub(" ", value[: 4 * _MAX_CHARS])
    return " ".join(unicodedata.normalize("NFC", text).split())[:_MAX_CHARS].strip() or None


def _genre(value: str | None) -> str | None:
    line = _line(value)
    return None if line is None else line[:50].strip()


def _year(value: str | None) -> int | None:
    """The year at the start of a date such as `2004-05-20`."""
    digits = (value or "").strip()[:4]
    if len(digits) < 4 or not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits) if int(digits) in _YEARS else None
