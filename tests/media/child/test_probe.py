import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from media.child.messages import Limits
from media.child.probe import FileView, Probed, check_length, check_whole, open_source
from media.child.refusal import DURATION_EXCEEDED, Refused
from tests.media.bad_files import id3, picture_frame, png
from tests.media.signals import music, sine, write_audio


@contextmanager
def probed(path: Path, limits: Limits | None = None) -> Iterator[Probed]:
    with path.open("rb") as file, open_source(file.fileno(), limits or Limits()) as found:
        yield found


@pytest.mark.parametrize(
    ("kind", "form", "codec", "bits"),
    [
        ("wav", "wav", "pcm_s16le", 16),
        ("wav24", "wav", "pcm_s24le", 24),
        ("wavf32", "wav", "pcm_f32le", 24),
        ("flac", "flac", "flac", 16),
        ("flac24", "flac", "flac", 24),
        ("mp3", "mp3", "mp3", None),
        ("m4a", "m4a", "aac", None),
        ("alac", "m4a", "alac", 16),
        ("aac", "aac", "aac", None),
        ("opus", "ogg", "opus", None),
        ("oggflac", "ogg", "flac", 16),
    ],
)
def test_each_format_is_described(
    tmp_path: Path, kind: str, form: str, codec: str, bits: int | None
) -> None:
    with probed(write_audio(tmp_path / "song", sine(2.0), kind=kind)) as found:
        assert found.sniffed.format == form
        assert found.source.codec.removesuffix("float") == codec
        assert found.source.channels == 2
        assert found.source.sample_rate_hz in (44_100, 48_000)
        assert found.source.bitrate_bps > 20_000
        if bits is not None:
            assert found.source.bits_per_sample == bits
        if form != "aac":  # ADTS has no header; FFmpeg guesses from the bitrate
            assert found.source.claimed_duration_ms == pytest.approx(2_000, abs=60)


def test_the_bitrate_is_that_of_the_sound_and_not_of_the_pictures(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "song.mp3", music(5.0), kind="mp3", bitrate_bps=128_000)
    song.write_bytes(id3(picture_frame(png(3_000, 3_000) * 40)) + song.read_bytes())
    with probed(song) as found:
        assert found.source.bitrate_bps == pytest.approx(128_000, rel=0.02)


def test_a_file_view_has_no_name_and_starts_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        view = FileView(file.fileno(), 3)
        assert not hasattr(view, "name")
        assert view.read(4) == b"3456"
        assert view.seek(-2, os.SEEK_END) == 5
        assert view.read() == b"89"
        assert view.seek(1) == view.tell() == 1
        assert view.seek(1, os.SEEK_CUR) == 2
        assert view.read(2) == b"56"
        assert view.seek(-99, os.SEEK_CUR) == 0
        assert view.read(0) == b""


def test_more_streams_than_allowed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.m4a"
    with av.open(str(path), "w", format="mov") as container:
        streams = [container.add_stream("pcm_s16le", rate=44_100) for _ in range(5)]
        for stream in streams:
            frame = AudioFrame.from_ndarray(np.zeros((1, 8_820), np.int16), "s16", "stereo")
            frame.sample_rate = 44_100
            container.mux(stream.encode(frame))
    with pytest.raises(Refused, match="5 streams"), probed(path):
        pass


def test_sound_in_a_codec_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "speex.wav"
    song = bytearray(write_audio(tmp_path / "song.wav", sine(1.0), kind="wav").read_bytes())
    song[20:22] = (0x0050).to_bytes(2, "little")  # MPEG layer II inside WAV
    path.write_bytes(song)
    with pytest.raises(Refused, match=r"not supported|No sound"), probed(path):
        pass


@pytest.mark.parametrize(
    ("decoded_ms", "is_refused"), [(10_000, False), (5_100, False), (4_900, True), (100, True)]
)
def test_most_of_a_flac_must_be_there(tmp_path: Path, decoded_ms: int, is_refused: bool) -> None:
    with probed(write_audio(tmp_path / "song.flac", sine(10.0))) as found:
        if is_refused:
            with pytest.raises(Refused, match="cut off"):
                check_whole(found, decoded_ms)
        else:
            check_whole(found, decoded_ms)


def test_an_mp3_promises_nothing(tmp_path: Path) -> None:
    with probed(write_audio(tmp_path / "song.mp3", sine(10.0), kind="mp3")) as found:
        check_whole(found, 100)


def test_a_header_that_claims_a_hundred_hours_is_not_believed(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.flac", sine(3.0))
    data = bytearray(path.read_bytes())
    samples = 100 * 3_600 * 44_100
    data[8 + 13] = (data[8 + 13] & 0xF0) | samples >> 32
    data[8 + 14 : 8 + 18] = (samples & 0xFFFF_FFFF).to_bytes(4, "big")
    path.write_bytes(data)
    with probed(path) as found:
        assert found.source.claimed_duration_ms == 360_000_000
        check_whole(found, 3_000)


def test_what_was_decoded_sets_the_length(tmp_path: Path) -> None:
    with probed(write_audio(tmp_path / "song.flac", sine(1.0))) as found:
        limits = Limits(max_duration_ms=60_000)
        check_length(60 * 44_100, found.source, limits)
        with pytest.raises(Refused, match="1 minute,") as refused:
            check_length(60 * 44_100 + 1, found.source, limits)
        assert refused.value.code == DURATION_EXCEEDED
        with pytest.raises(Refused, match="longer than"):
            check_length(10**12, found.source, Limits())
