"""What a file is, by its first bytes. Its name is a hint for people and decides nothing.

Only the six formats of the specification pass. The worker looks far more closely (it decodes); this
check is there to refuse at once, in words that say what was sent instead.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

AudioFormat = Literal["mp3", "wav", "flac", "ogg", "m4a", "aac"]

HEAD_BYTES = 16 * 1024
"""What `sniff` wants to see; a shorter file is looked at whole."""


class AudioType(Struct, frozen=True):
    """One format that is taken (specification A8)."""

    format: AudioFormat
    extensions: tuple[str, ...]
    mime_types: tuple[str, ...]
    max_bitrate_kbps: int | None
    """None: lossless."""
    quality: str


AUDIO_TYPES: tuple[AudioType, ...] = (
    AudioType("mp3", (".mp3",), ("audio/mpeg", "audio/mp3"), 320, "standard"),
    AudioType("wav", (".wav", ".wave"), ("audio/wav", "audio/x-wav", "audio/wave"), None, "high"),
    AudioType("flac", (".flac",), ("audio/flac", "audio/x-flac"), None, "very high"),
    AudioType("ogg", (".ogg", ".oga", ".opus"), ("audio/ogg", "application/ogg"), 500, "standard"),
    AudioType("m4a", (".m4a", ".mp4"), ("audio/mp4", "audio/x-m4a"), 256, "standard"),
    AudioType("aac", (".aac",), ("audio/aac", "audio/aacp"), 320, "standard"),
)

TAKEN = "We take MP3, WAV, FLAC, OGG, M4A and AAC."

_MP4_BRANDS = {b"M4A ", b"M4B ", b"mp41", b"mp42", b"MSNV", b"dash", b"isom"} | {
    b"iso%d" % number for number in range(2, 10)
}
_MP3_KBPS = {  # MPEG version 1, then 2 and 2.5; Layer III, by index 1 to 14
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "a playlist (M3U)"),
    (b"[playlist]", "a playlist (PLS)"),
    (b"ffconcat", "a list of other files"),
    (b"v=0\r\n", "a session description (SDP)"),
    (b"v=0\n", "a session description (SDP)"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"FORM", "an AIFF file"),
    (b"MAC ", "a Monkey's Audio file"),
    (b"wvpk", "a WavPack file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite", "a database"),
)


def sniff(head: bytes) -> AudioFormat | None:
    """The format that these first bytes begin, or None.

    Args:
        head: the first `HEAD_BYTES` of the file, or all of it.
    """
    body = head[_id3_bytes(head) :]
    if body.startswith(b"fLaC"):
        return "flac"
    if head.startswith(b"OggS"):
        return "ogg"
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return "m4a"
    if head.startswith(b"ADIF") or _frames(body, _adts_bytes):
        return "aac"
    if _frames(body, _mp3_bytes):
        return "mp3"
    if head.startswith(b"ID3") and not body:
        return "mp3"  # a long tag (a cover, as a rule) fills all we see; the worker decides
    return None


def describe(head: bytes) -> str:
    """What the file seems to be, to finish the sentence "This is …"."""
    if not head:
        return "an empty file"
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    start = head[:1024].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return "a web page or XML"
    if head[4:8] == b"ftyp":
        return "a video or another kind of MP4"
    if head[:4] == b"RIFF":
        return "a RIFF file without sound"
    if b"\0" not in head[:1024] and _is_text(head[:1024]):
        return "a text file"
    return "no audio file that we know"


def by_name(filename: str) -> AudioType | None:
    """The format that a file's name claims."""
    suffix = f".{filename.rpartition('.')[2].lower()}"
    return next((kind for kind in AUDIO_TYPES if suffix in kind.extensions), None)


def by_mime_type(mime_type: str) -> AudioType | None:
    """The format that a MIME type names."""
    plain = mime_type.partition(";")[0].strip().lower()
    return next((kind for kind in AUDIO_TYPES if plain in kind.mime_types), None)


def _id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag at the beginning (id3.org, ID3v2.4 §3.1: four times seven bits)."""
    if not head.startswith(b"ID3") or len(head) < 10 or any(byte > 0x7F for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _frames(body: bytes, length_of: Callable[[bytes, int], int]) -> bool:
    """True when a frame begins somewhere in the head and another one follows where it ends.

    One sync word alone proves nothing: two bytes of noise in 2,000 make one.
    """
    start = -1
    while (start := body.find(b"\xff", start + 1)) >= 0:
        length = length_of(body, start)
        if length == 0:
            continue
        after = start + length
        if after + 7 > len(body):
            if start == 0 and after <= len(body):
                return True  # a file of one frame
            continue
        if length_of(body, after):
            return True
    return False


def _mp3_bytes(body: bytes, at: int) -> int:
    """Length of the Layer III frame at `at`, 0 when there is none (ISO 11172-3 §2.4.1.3)."""
    if at + 4 > len(body) or body[at] != 0xFF or body[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = body[at + 1] >> 3 & 3, body[at + 1] >> 1 & 3
    rate_index, hz_index = body[at + 2] >> 4, body[at + 2] >> 2 & 3
    if version == 1 or layer != 1 or not 1 <= rate_index <= 14 or hz_index == 3:
        return 0
    kbps = _MP3_KBPS[3 if version == 3 else 2][rate_index - 1]
    samples = 144 if version == 3 else 72
    return samples * kbps * 1000 // _MP3_HZ[version][hz_index] + (body[at + 2] >> 1 & 1)


def _adts_bytes(body: bytes, at: int) -> int:
    """Length of the ADTS frame at `at`, 0 when there is none (ISO 13818-7 §6.2)."""
    if at + 7 > len(body) or body[at] != 0xFF or body[at + 1] & 0xF6 != 0xF0:
        return 0
    if body[at + 2] >> 2 & 15 > 12:
        return 0
    length = (body[at + 3] & 3) << 11 | body[at + 4] << 3 | body[at + 5] >> 5
    return length if length > 7 else 0


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as exc:
        return exc.start > len(head) - 4  # cut in the middle of a character
    return True
