from pathlib import Path

import pytest

from media.child.refusal import INVALID_AUDIO_FORMAT, Refused
from media.sniff import HEAD_BYTES, id3_bytes, sniff
from tests.media.bad_files import id3, text_frame
from tests.media.signals import sine, write_audio


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("wav", "wav"),
        ("flac", "flac"),
        ("mp3", "mp3"),
        ("m4a", "m4a"),
        ("alac", "m4a"),
        ("aac", "aac"),
        ("opus", "ogg"),
        ("oggflac", "ogg"),
    ],
)
def test_each_format_is_known_by_its_bytes(tmp_path: Path, kind: str, form: str) -> None:
    data = write_audio(tmp_path / "song", sine(0.5), kind=kind).read_bytes()
    assert sniff(data[id3_bytes(data) :][:HEAD_BYTES]).format == form


def test_the_length_of_an_id3_tag_is_read_in_seven_bit_bytes() -> None:
    tag = id3(text_frame(b"TIT2", "x" * 300))
    assert id3_bytes(tag + b"\xff\xfb") == len(tag)
    assert id3_bytes(b"ID3") == 0
    assert id3_bytes(b"RIFF") == 0


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"", "empty"),
        (bytes(4_096), "zero bytes"),
        (b"#EXTM3U\n#EXTINF:4,\nx.ts\n", "playlist"),
        (b"\xef\xbb\xbf  \n#extm3u\n", "playlist"),
        (b"ffconcat version 1.0\n", "list of files"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "SDP"),
        (b"%PDF-1.7", "PDF"),
        ("plain text with an umlaut at the very end: ü".encode()[:-1], "text"),
    ],
)
def test_what_is_no_sound_is_called_by_its_name(head: bytes, word: str) -> None:
    with pytest.raises(Refused, match=word) as refused:
        sniff(head)
    assert refused.value.code == INVALID_AUDIO_FORMAT


def test_bytes_without_a_mark_may_still_be_an_mp3_with_junk_in_front() -> None:
    assert sniff(b"\x03\xff\x00junk\x81").format == "mp3"


def test_tags_without_anything_behind_them_are_said_so() -> None:
    with pytest.raises(Refused, match="tags but no sound"):
        sniff(b"", had_id3=True)
