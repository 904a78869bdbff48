"""Tags and covers of the demo files, by hand: FFmpeg writes no picture into FLAC and Ogg."""

import base64
import struct

from media.demo.piece import Piece

_FRONT_COVER = 3


def tags_of(piece: Piece) -> dict[str, str]:
    """Tags by FFmpeg's names."""
    return {
        "title": piece.title,
        "artist": piece.artist,
        "album": piece.album,
        "genre": piece.genre,
        "date": str(piece.year),
    }


def flac_with_cover(flac: bytes, jpeg: bytes) -> bytes:
    """`flac` with a PICTURE block behind its STREAMINFO (RFC 9639 §8.8)."""
    body = picture_block(jpeg)
    is_last = flac[4] & 0x80
    streaminfo = bytes([flac[4] & 0x7F]) + flac[5:42]
    head = bytes([is_last | 6]) + len(body).to_bytes(3, "big")
    return flac[:4] + streaminfo + head + body + flac[42:]


def ogg_cover_tag(jpeg: bytes) -> dict[str, str]:
    """The comment in which Ogg files carry a picture."""
    return {"METADATA_BLOCK_PICTURE": base64.b64encode(picture_block(jpeg)).decode()}


def picture_block(jpeg: bytes) -> bytes:
    """Body of a FLAC PICTURE block; size and colours are left for the reader to find out."""
    mime = b"image/jpeg"
    return b"".join(
        (
            struct.pack(">II", _FRONT_COVER, len(mime)),
            mime,
            struct.pack(">IIIIII", 0, 0, 0, 24, 0, len(jpeg)),
            jpeg,
        )
    )


def id3_tag(piece: Piece, jpeg: bytes) -> bytes:
    """An ID3v2.4 tag with text in UTF-8 and the cover (id3.org, ID3v2.4.0)."""
    texts = {
        b"TIT2": piece.title,
        b"TPE1": piece.artist,
        b"TALB": piece.album,
        b"TCON": piece.genre,
        b"TDRC": str(piece.year),
    }
    frames = [_frame(name, b"\3" + text.encode()) for name, text in texts.items()]
    frames.append(_frame(b"APIC", b"\3image/jpeg\0" + bytes([_FRONT_COVER]) + b"\0" + jpeg))
    body = b"".join(frames)
    return b"ID3\4\0\0" + _syncsafe(len(body)) + body


def _frame(name: bytes, body: bytes) -> bytes:
    return name + _syncsafe(len(body)) + b"\0\0" + body


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
