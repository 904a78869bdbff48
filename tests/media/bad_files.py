"""Files that people and attackers send, made on the spot (hostile-inputs 84 to 96)."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.media.signals import music, sine, write_audio


def png(width: int, height: int) -> bytes:
    """A black PNG of any size, made without holding it: 13,000 x 13,000 are 0.5 MB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg(width: int, height: int, *, mode: str = "RGB", exif: bytes = b"") -> bytes:
    """A grey JPEG."""
    out = io.BytesIO()
    Image.new(mode, (width, height), 0).save(out, "JPEG", exif=exif)
    return out.getvalue()


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.4 tag of the given frames (name, body)."""
    body = b"".join(name + _syncsafe(len(data)) + b"\0\0" + data for name, data in frames)
    return b"ID3\4\0\0" + _syncsafe(len(body)) + body


def picture_frame(picture: bytes, mime: bytes = b"image/png") -> tuple[bytes, bytes]:
    """The ID3 frame of a front cover."""
    return b"APIC", b"\0" + mime + b"\0\3\0" + picture


def text_frame(name: bytes, text: str) -> tuple[bytes, bytes]:
    """An ID3 text frame in UTF-8."""
    return name, b"\3" + text.encode()


def _syncsafe(size: int) -> bytes:
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def flac_with_picture(flac: bytes, picture: bytes, mime: bytes = b"image/png") -> bytes:
    """`flac` with a PICTURE block behind its STREAMINFO (RFC 9639 §8.8)."""
    block = (
        struct.pack(">II", 3, len(mime))
        + mime
        + struct.pack(">IIIIII", 0, 0, 0, 24, 0, len(picture))
    )
    block += picture
    streaminfo = bytes([flac[4] & 0x7F]) + flac[5:42]
    head = bytes([(flac[4] & 0x80) | 6]) + len(block).to_bytes(3, "big")
    return flac[:4] + streaminfo + head + block + flac[42:]


def wav_header(
    *,
    rate_hz: int = 44_100,
    channels: int = 2,
    bits: int = 16,
    data_bytes: int = 0,
    body: bytes = b"",
) -> bytes:
    """A WAV file whose header says whatever it is told to."""
    align = channels * bits // 8 & 0xFFFF
    fmt = struct.pack(
        "<HHIIHH", 1, channels & 0xFFFF, rate_hz, (rate_hz * align) & 0xFFFFFFFF, align, bits
    )
    head = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", data_bytes)
    return b"RIFF" + struct.pack("<I", (len(head) + data_bytes) & 0xFFFFFFFF) + head + body


def refused_files(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Bytes of each file that must be refused, and a word its sentence must hold."""
    secret = folder / "private.mp3"
    write_audio(secret, sine(1.0), kind="mp3")
    random = np.random.default_rng(7)
    flac = write_audio(folder / "whole.flac", music(20.0), kind="flac").read_bytes()
    m4a = write_audio(folder / "whole.m4a", music(5.0), kind="m4a").read_bytes()
    wav = write_audio(folder / "whole.wav", music(5.0), kind="wav").read_bytes()
    mka = write_audio(folder / "whole.mka", sine(1.0), kind="mka").read_bytes()
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    return {
        "empty": (b"", "empty"),
        "zero bytes": (bytes(100_000), "zero bytes"),
        "text": (b"Dear friend, this is no music.\n" * 200, "text"),
        "utf-16 text": ("Dear friend".encode("utf-16"), "text"),
        "json": (b'{"not": "audio"}', "JSON"),
        "html": (b"<!DOCTYPE html><html><body>hi</body></html>", "web page"),
        "hls playlist": (playlist.encode(), "playlist"),
        "hls playlist with a byte order mark": (b"\xef\xbb\xbf" + playlist.encode(), "playlist"),
        "ffconcat": (f"ffconcat version 1.0\nfile {secret}\n".encode(), "list of files"),
        "sdp": (sdp.encode(), "SDP"),
        "dash": (b'<?xml version="1.0"?><MPD></MPD>', "XML"),
        "concat protocol": (f"concat:{secret}|{secret}".encode(), "text"),
        "png": (png(8, 8), "PNG"),
        "jpeg": (jpeg(8, 8), "JPEG"),
        "zip": (b"PK\x03\x04" + bytes(200), "ZIP"),
        "midi": (b"MThd\0\0\0\6\0\1\0\1\0\x60", "MIDI"),
        "matroska": (mka, "Matroska"),
        "program": (b"\x7fELF\2\1\1" + random.bytes(5_000), "program"),
        "random": (random.bytes(3_000_000), "audio"),
        "random behind mp3 sync": (b"\xff\xfb\x90\x64" + random.bytes(1_000_000), "audio"),
        "random behind adts sync": (b"\xff\xf1\x50\x80" + random.bytes(1_000_000), "audio"),
        "random behind fLaC": (b"fLaC" + random.bytes(100_000), "decoder"),
        "random behind OggS": (b"OggS" + random.bytes(100_000), "decoder"),
        "random behind ftyp": (b"\0\0\0\x18ftypM4A " + random.bytes(100_000), "decoder"),
        "only tags": (id3(text_frame(b"TIT2", "Nothing")), "no sound"),
        "id3 of 256 MB": (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(1_000), "no sound"),
        "flac cut to a tenth": (flac[: len(flac) // 10], "cut off"),
        "m4a without its index": (m4a[: len(m4a) // 2], "cut off"),
        "wav cut to a tenth": (wav[: len(wav) // 10], "cut off"),
        "wav of 4 GB in 4 KB": (wav_header(data_bytes=0xFFFF_FFF0, body=bytes(4_096)), "sound"),
        "wav with 65,535 channels": (wav_header(channels=65_535, body=bytes(9_999)), ""),
        "wav with no channel": (wav_header(channels=0, body=bytes(9_999)), ""),
        "wav with rate 0": (wav_header(rate_hz=0, body=bytes(9_999)), ""),
        "wav with rate 4e9": (wav_header(rate_hz=4_000_000_000, body=bytes(9_999)), ""),
        "wav with no bits": (wav_header(bits=0, body=bytes(9_999)), ""),
        "wav with nine channels": (
            wav_header(channels=9, data_bytes=90_000, body=bytes(90_000)),
            "9 channels",
        ),
        "wav at 4 kHz": (
            wav_header(rate_hz=4_000, data_bytes=90_000, body=bytes(90_000)),
            "4000 Hz",
        ),
        "wav of a blink": (wav_header(data_bytes=400, body=bytes(400)), "tenth of a second"),
    }
