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
