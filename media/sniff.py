"""What a file really is, by its first bytes: the name and the type it came with mean nothing.

Pure. It decides two things before FFmpeg sees a byte: files that are something else are refused
with a sentence that says what they are, and for the rest only the one demuxer that fits is allowed.
"""

from typing import Literal

from msgspec import Struct

from media.child.refusal import ACCEPTED, Refused

HEAD_BYTES = 4_096

Format = Literal["mp3", "wav", "flac", "ogg", "m4a", "aac", "webm"]


class Sniffed(Struct, frozen=True):
    """A container we take, and the one FFmpeg demuxer that may open it."""

    format: Format
    demuxer: str


_MP3 = Sniffed("mp3", "mp3")
_AAC = Sniffed("aac", "aac")
_WAV = Sniffed("wav", "wav")
_WAV64 = Sniffed("wav", "w64")
_FLAC = Sniffed("flac", "flac")
_OGG = Sniffed("ogg", "ogg")
_M4A = Sniffed("m4a", "mov")
_WEBM = Sniffed("webm", "matroska")
_EBML = b"\x1a\x45\xdf\xa3"
_PICTURE_BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "a HEIC picture"
)
"""ISO/IEC 23008-12 §10.2: pictures in the box structure of MP4."""

_PLAYLIST = "an HLS or M3U playlist: it only names other files and holds no sound"
_TEXT_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", _PLAYLIST),
    (b"ffconcat", "a list of files for FFmpeg and holds no sound"),
    (b"[playlist]", "a playlist: it only names other files and holds no sound"),
    (b"v=0", "a session description (SDP) and holds no sound"),
    (b"<MPD", "a DASH manifest: it only names other files and holds no sound"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document"),
    (b"{", "a text (JSON) document"),
)
_BINARY_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"MThd", "a MIDI file: it holds notes, not sound"),
    (0, _EBML, "a Matroska or WebM file, which is not supported"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file, which is not supported"),
    (0, b"FORM", "an AIFF file, which is not supported"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive: unpack it and send the music"),
    (0, b"Rar!", "a RAR archive: unpack it and send the music"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it and send the music"),
    (0, b"\x1f\x8b", "a gzip archive: unpack it and send the music"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"MAC ", "a Monkey's Audio file, which is not supported"),
    (0, b"wvpk", "a WavPack file, which is not supported"),
    (0, b"DSD ", "a DSD file, which is not supported"),
    (0, b"FLV", "a Flash video, which is not supported"),
    (0, b"#!AMR", "an AMR recording, which is not supported"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"AVI ", "an AVI video, which is not supported"),
)


def id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag at the start, 0 without one (id3.org, ID3v2.4.0 §3.1).

    The tag may stand before MP3, AAC and FLAC alike. FFmpeg never gets to see it: it would decode
    the cover in it, 522 MB for a picture of 13,000 x 13,000 pixels.
    """
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    size = sum(
        (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
    )
    has_footer = head[5] & 0x10
    return 10 + size + (10 if has_footer else 0)


def sniff(head: bytes, *, had_id3: bool = False, takes_webm: bool = False) -> Sniffed:
    """The container that begins with `head`, up to `HEAD_BYTES` from behind any ID3 tag.

    Args:
        head: the first bytes.
        had_id3: there was an ID3 tag before them.
        takes_webm: WebM and Matroska are welcome, as browsers record them.

    Raises:
        Refused: it is empty, text, or something that is not sound; the sentence says which.
    """
    if not head:
        raise Refused("The file holds tags but no sound." if had_id3 else "The file is empty.")
    if not any(head):
        raise Refused("The file begins with nothing but zero bytes; it holds no audio.")
    if takes_webm and head.startswith(_EBML):
        return _WEBM
    if head[4:8] == b"ftyp" and (picture := _PICTURE_BRANDS.get(head[8:12])):
        raise _refused(picture)
    if found := _audio(head):
        return found
    for offset, mark, what in _BINARY_MARKS:
        if head[offset:].startswith(mark):
            raise _refused(what)
    if (text := _text(head)) is not None:
        raise _refused(text)
    # MP3 has no header of its own: junk before the first frame is common. The decoder has to show
    # that nine packets in ten are sound (media/child/decoder.py).
    return _MP3


def _audio(head: bytes) -> Sniffed | None:
    if head.startswith(b"fLaC"):
        return _FLAC
    if head.startswith(b"OggS"):
        return _OGG
    if head[:4] in (b"RIFF", b"RF64", b"RIFX") and head[8:12] == b"WAVE":
        return _WAV
    if head.startswith(b"riff\x2e\x91\xcf\x11"):
        return _WAV64
    if head[4:8] == b"ftyp":
        return _M4A
    return _frames(head)


def _frames(head: bytes) -> Sniffed | None:
    """MPEG audio or ADTS by the sync word (ISO/IEC 11172-3 §2.4.1.3; 14496-3 §1.A.2.2)."""
    if len(head) < 2 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return _AAC
    layer = head[1] >> 1 & 0b11  # 01 is layer III, 10 layer II; FF FE would be a UTF-16 text
    if head[1] & 0xE0 == 0xE0 and layer in (0b01, 0b10):
        return _MP3
    return None


def _text(head: bytes) -> str | None:
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character cut at the end of the head is no sign of binary.
        if error.start < len(head) - 4:
            return "a UTF-16 text" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else None
        text = head[: error.start].decode("utf-8-sig")
    if any(character < " " and character not in "\t\r\n\f" for character in text):
        return None
    start = text.lstrip().lower().encode()
    for mark, what in _TEXT_MARKS:
        if start.startswith(mark.lower()):
            return what
    return "a text file"


def _refused(what: str) -> Refused:
    return Refused(f"This is {what}. Please send {ACCEPTED}.")
