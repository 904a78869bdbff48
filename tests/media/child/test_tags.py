import io
from pathlib import Path

from media.child.messages import Tags
from media.child.tags import read_picture, read_tags
from tests.media.bad_files import flac_with_picture, id3, jpeg, picture_frame, text_frame
from tests.media.signals import sine, write_audio

MP3_FRAMES = b"\xff\xfb\x90\x64" + bytes(413)


def tags_of(*frames: tuple[bytes, bytes]) -> Tags:
    return read_tags(io.BytesIO(id3(*frames) + MP3_FRAMES * 20))


def test_tags_of_an_mp3_are_read() -> None:
    found = tags_of(
        text_frame(b"TIT2", "Song"),
        text_frame(b"TPE1", "Band"),
        text_frame(b"TALB", "Album"),
        text_frame(b"TCON", "Jazz"),
        text_frame(b"TDRC", "2004-05-20"),
    )
    assert found == Tags("Song", "Band", "Album", "Jazz", 2004)


def test_tags_of_a_flac_and_an_m4a_are_read(tmp_path: Path) -> None:
    for kind in ("flac", "m4a", "opus"):
        path = write_audio(
            tmp_path / f"song.{kind}", sine(0.5), kind=kind, tags={"title": "Ü", "artist": "B"}
        )
        with path.open("rb") as file:
            found = read_tags(file)
        assert (kind, found.title) == (kind, "Ü")


def test_text_that_would_harm_a_page_is_made_plain() -> None:
    found = tags_of(
        text_frame(b"TIT2", "a\x1bb\u202egpj.exe\u2028c  d"),
        text_frame(b"TPE1", "x" * 10_000),
        text_frame(b"TALB", "\u200b \u202e"),
    )
    assert found.title == "a b gpj.exe c d"
    assert found.artist == "x" * 200
    assert found.album is None


def test_a_year_that_is_none_is_left_out() -> None:
    for text in ("", "abc", "20", "9999", "٢٠٠٤"):
        assert tags_of(text_frame(b"TDRC", text)).year is None


def test_broken_tags_are_no_tags() -> None:
    for data in (b"", b"ID3", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(100), b"fLaC" + b"\xff" * 200):
        assert read_tags(io.BytesIO(data)) == Tags()
        assert read_picture(io.BytesIO(data)) is None


def test_the_cover_is_cut_out_as_it_stands(tmp_path: Path) -> None:
    picture = jpeg(40, 30)
    mp3 = id3(picture_frame(picture, b"image/jpeg")) + MP3_FRAMES * 20
    assert read_picture(io.BytesIO(mp3)) == picture
    flac = write_audio(tmp_path / "a.flac", sine(0.5)).read_bytes()
    assert read_picture(io.BytesIO(flac_with_picture(flac, picture, b"image/jpeg"))) == picture
    assert read_picture(io.BytesIO(flac)) is None
