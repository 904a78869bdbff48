import io
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.uploads.audio_types import HEAD_BYTES, by_mime_type, by_name, describe, sniff

CONTAINERS = {
    "mp3": ("mp3", "libmp3lame"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "ogg": ("ogg", "libopus"),
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
}


def encoded(container: str, codec: str, seconds: float = 1.0) -> bytes:
    """A sine of 440 Hz as a file."""
    file = io.BytesIO()
    rate_hz = 48_000
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    samples = (np.sin(2 * np.pi * 440 * time_s) * 8_000).astype(np.int16)
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(
            format=stream.format.name,
            layout="mono",
            rate=rate_hz,
            frame_size=stream.codec_context.frame_size or None,
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("name", CONTAINERS)
def test_each_format_is_known_by_its_bytes(name: str) -> None:
    assert sniff(encoded(*CONTAINERS[name])[:HEAD_BYTES]) == name


def id3(size: int) -> bytes:
    length = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    return b"ID3\x04\x00\x00" + length + b"\0" * size


def test_a_tag_before_the_sound_is_skipped() -> None:
    assert sniff((id3(5_000) + encoded("mp3", "libmp3lame"))[:HEAD_BYTES]) == "mp3"
    assert sniff((id3(300) + encoded("flac", "flac"))[:HEAD_BYTES]) == "flac"
    assert sniff((id3(300) + encoded("adts", "aac"))[:HEAD_BYTES]) == "aac"


def test_a_tag_longer_than_the_head_is_left_to_the_worker() -> None:
    assert sniff(id3(100_000)[:HEAD_BYTES]) == "mp3"


def test_a_tag_with_text_behind_it_is_no_sound() -> None:
    assert sniff(id3(10) + b"#EXTM3U\nhttp://127.0.0.1/secret\n") is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"", "an empty file"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", "a playlist (M3U)"),
        (b"hello, this is text named .mp3", "a text file"),
        (b"\xef\xbb\xbfhello", "a text file"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04....", "a ZIP archive"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<!DOCTYPE html><html>", "a web page or XML"),
        (b"\x1aE\xdf\xa3webm", "a video (Matroska or WebM)"),
        (b"ffconcat version 1.0\nfile /etc/passwd", "a list of other files"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1", "a session description (SDP)"),
        (b"\x00\x00\x00\x18ftypqt  ", "a video or another kind of MP4"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a RIFF file without sound"),
        (bytes(range(256)), "no audio file that we know"),
        (b"\xff\xfe" + "text".encode("utf-16-le"), "no audio file that we know"),
        (b"\xff\xfb\x90\x64" + b"\0" * 20_000, "no audio file that we know"),
    ],
)
def test_anything_else_is_refused_with_a_word_for_it(head: bytes, name: str) -> None:
    assert sniff(head[:HEAD_BYTES]) is None
    assert describe(head[:HEAD_BYTES]) == name


@given(st.binary(max_size=4_000))
def test_noise_breaks_nothing(noise: bytes) -> None:
    assert sniff(noise) in {None, *CONTAINERS}
    assert describe(noise)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [("A.MP3", "mp3"), ("a.b.flac", "flac"), ("a.txt", None), ("mp3", "mp3"), ("", None)],
)
def test_what_a_name_claims(filename: str, expected: str | None) -> None:
    kind = by_name(filename)

    assert (kind.format if kind else None) == expected


def test_what_a_mime_type_names() -> None:
    kind = by_mime_type("audio/mpeg; charset=binary")

    assert kind is not None
    assert kind.format == "mp3"
    assert by_mime_type("text/html") is None
