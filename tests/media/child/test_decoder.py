from pathlib import Path

import numpy as np
import pytest
from av.audio.resampler import AudioResampler

from media.child.decoder import decode, is_longer_than
from media.child.messages import Limits
from media.child.probe import open_source
from media.child.refusal import Refused
from tests.media.bad_files import wav_header
from tests.media.signals import Samples, music, offset_samples, read_audio, rms, sine, write_audio


def decoded(path: Path, limits: Limits | None = None) -> Samples:
    """Everything the decoder gives, as floats; checks that its clock has no holes."""
    blocks = []
    position = 0
    with path.open("rb") as file, open_source(file.fileno(), Limits()) as found:
        layout = "mono" if found.source.channels == 1 else "stereo"
        to_float = AudioResampler("fltp", layout, found.source.sample_rate_hz)
        for frame in decode(found, limits or Limits()):
            assert frame.pts == position
            position += frame.samples
            blocks += [piece.to_ndarray() for piece in to_float.resample(frame)]
    return np.concatenate(blocks, axis=1).astype(np.float32)


@pytest.mark.parametrize("kind", ["wav", "wav24", "wavf32", "flac", "flac24", "alac", "oggflac"])
def test_a_lossless_file_gives_every_sample(tmp_path: Path, kind: str) -> None:
    samples = music(3.0)
    heard = decoded(write_audio(tmp_path / "song", samples, kind=kind))
    assert heard.shape == samples.shape
    assert np.abs(heard - samples).max() < 2 / 32_768


@pytest.mark.parametrize("kind", ["mp3", "m4a", "opus"])
def test_a_lossy_file_gives_the_same_music_at_the_same_place(tmp_path: Path, kind: str) -> None:
    rate_hz = 48_000 if kind == "opus" else 44_100
    samples = music(4.0, rate_hz=rate_hz)
    heard = decoded(write_audio(tmp_path / "song", samples, rate_hz=rate_hz, kind=kind))
    assert offset_samples(heard, samples) == 0
    assert 0 <= heard.shape[1] - samples.shape[1] < 2_048


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_more_than_two_channels_become_stereo(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "song.wav"
    body = (sine(1.0, channels=channels).T * 32_767).astype("<i2").tobytes()
    path.write_bytes(wav_header(channels=channels, data_bytes=len(body), body=body))
    heard = decoded(path)
    assert heard.shape == (min(channels, 2), 44_100)
    assert rms(heard) > 0.01


def test_a_file_that_changes_its_rate_half_way_keeps_its_clock(tmp_path: Path) -> None:
    parts = [
        write_audio(tmp_path / f"{rate}.ogg", sine(2.0, rate_hz=rate), rate_hz=rate, kind="oggflac")
        for rate in (44_100, 22_050)
    ]
    chained = tmp_path / "chained.ogg"
    chained.write_bytes(b"".join(part.read_bytes() for part in parts))
    heard = decoded(chained)
    assert heard.shape[1] == pytest.approx(4 * 44_100, abs=2_000)


def test_a_cut_file_gives_what_is_there(tmp_path: Path) -> None:
    samples = music(10.0)
    for kind in ("mp3", "flac", "wav", "oggflac"):
        path = write_audio(tmp_path / f"song.{kind}", samples, kind=kind)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 7 // 10])
        heard = decoded(path)
        assert 6.0 < heard.shape[1] / 44_100 < 7.6, kind
        assert offset_samples(heard, samples) == 0, kind


def test_some_broken_packets_are_left_out_and_many_are_too_many(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.mp3", music(20.0), kind="mp3")
    whole = path.read_bytes()
    assert decoded(path).shape[1] >= 20 * 44_100
    damaged = bytearray(whole)
    damaged[200_000:205_000] = bytes(np.random.default_rng(1).bytes(5_000))
    path.write_bytes(damaged)
    assert decoded(path).shape[1] > 18 * 44_100
    for start in range(10_000, len(damaged) - 300, 600):
        damaged[start : start + 300] = np.random.default_rng(start).bytes(300)
    path.write_bytes(damaged)
    with pytest.raises(Refused, match="cannot be decoded"):
        decoded(path)


def test_a_recording_that_is_too_long_is_not_decoded_to_its_end(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.flac", sine(10.0))
    with pytest.raises(Refused, match="5 seconds"):
        decoded(path, Limits(max_duration_ms=5_000))


@pytest.mark.parametrize(("allowed_ms", "expected"), [(2_999, True), (3_000, False)])
def test_a_quick_look_tells_whether_a_file_is_too_long(
    tmp_path: Path, allowed_ms: int, expected: bool
) -> None:
    path = write_audio(tmp_path / "song.flac", sine(3.0))
    with path.open("rb") as file, open_source(file.fileno(), Limits()) as found:
        assert is_longer_than(found, allowed_ms) is expected


def test_real_recordings_decode_as_ffmpeg_decodes_them(recordings: dict[str, Path]) -> None:
    path = recordings["machine_wars.mp3"]
    heard = decoded(path)
    expected = read_audio(path)
    assert heard.shape == expected.shape
    assert np.array_equal(heard, expected)
