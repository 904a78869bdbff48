from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from media.child.encoder import RungEncoder
from media.hls.segmenter import Segment
from media.transcode.ladder import AAC_PRIMING_SAMPLES, Rung, Source, ladder_for
from tests.media.boxes import box, decode_time, number
from tests.media.signals import Samples, music, offset_samples, read_audio, rms, sine


def frames(samples: Samples, rate_hz: int, size: int = 1_152) -> Iterator[AudioFrame]:
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    for start in range(0, samples.shape[1], size):
        block = np.ascontiguousarray(samples[:, start : start + size])
        frame = AudioFrame.from_ndarray(block, "fltp", layout)
        frame.sample_rate = rate_hz
        frame.pts = start
        yield frame


def encoded(rung: Rung, samples: Samples, rate_hz: int) -> tuple[bytes, list[Segment]]:
    encoder = RungEncoder(rung)
    init = encoder.init()
    segments = [s for frame in frames(samples, rate_hz) for s in encoder.encode(frame)]
    return init, [*segments, *encoder.finish()]


def ladder(rate_hz: int = 44_100, channels: int = 2, bits: int = 16) -> tuple[Rung, ...]:
    return ladder_for(Source("flac", "flac", rate_hz, channels, 900_000, bits))


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
def test_every_rung_gives_back_the_music_at_its_place(rate_hz: int) -> None:
    samples = music(12.345, rate_hz=rate_hz)
    for rung in ladder(rate_hz):
        init, segments = encoded(rung, samples, rate_hz)
        heard = read_audio(init + b"".join(s.data for s in segments))
        assert offset_samples(heard, samples) == 0, rung.name
        assert 0 <= heard.shape[1] - samples.shape[1] < 1_024, rung.name


def test_a_high_resolution_source_keeps_one_clock_in_two_rates() -> None:
    samples = music(9.0, rate_hz=96_000)
    *aac, flac = ladder(96_000, bits=24)
    init, segments = encoded(flac, samples, 96_000)
    heard = read_audio(init + b"".join(s.data for s in segments))
    assert np.abs(heard - samples).max() < 2**-22
    init, segments = encoded(aac[0], samples, 96_000)
    half = read_audio(init + b"".join(s.data for s in segments))
    assert offset_samples(half, samples[:, ::2]) == 0


def test_the_lossless_rung_is_lossless() -> None:
    for bits, step in ((16, 2**-15), (24, 2**-23)):
        samples = np.round(music(5.0) / step).astype(np.float32) * np.float32(step)
        rung = ladder(bits=bits)[-1]
        init, segments = encoded(rung, samples, 44_100)
        heard = read_audio(init + b"".join(s.data for s in segments))
        assert np.array_equal(heard, samples)


def test_segments_of_all_rungs_hold_the_same_music() -> None:
    samples = music(10.0)
    starts = []
    for rung in ladder():
        _, segments = encoded(rung, samples, 44_100)
        times = [decode_time(s.data) for s in segments]
        starts.append([0, *(time - rung.priming_samples for time in times[1:])])
    assert starts == [[0, 176_128, 352_256]] * 4


def test_coded_length_is_the_music_and_its_priming_exactly() -> None:
    samples = music(7.123)
    for rung in ladder():
        _, segments = encoded(rung, samples, 44_100)
        total = sum(s.duration_samples for s in segments)
        assert total == samples.shape[1] + rung.priming_samples


def test_the_priming_is_published_and_true() -> None:
    for rung in ladder()[:3]:
        init, _ = encoded(rung, sine(1.0), 44_100)
        assert number(box(init, "moov/trak/edts/elst"), 12) == AAC_PRIMING_SAMPLES == 3_072


def test_a_loud_first_note_is_not_damaged() -> None:
    samples = music(6.0)
    medium = ladder()[1]
    init, segments = encoded(medium, samples, 44_100)
    heard = read_audio(init + b"".join(s.data for s in segments))[:, : samples.shape[1]]
    start = rms((heard - samples)[:, :1_000])
    middle = rms((heard - samples)[:, 100_000:200_000])
    assert start < middle


def test_a_segment_decodes_alone_after_one_before_it() -> None:
    samples = music(13.0)
    for rung in ladder():
        init, segments = encoded(rung, samples, 44_100)
        assert len(segments) == 4
        heard = read_audio(init + segments[1].data + segments[2].data)
        start = rung.segment_samples + 4_096
        expected = samples[:, start : start + 100_000]
        # An edit list hides the priming at the start of a track, not of what stands alone.
        lag = offset_samples(heard[:, 4_096 : 4_096 + 100_000], expected)
        assert lag in (0, -rung.priming_samples, rung.priming_samples), rung.name


@pytest.mark.parametrize("channels", [1, 2])
def test_a_track_shorter_than_a_frame_is_one_segment(channels: int) -> None:
    samples = sine(0.1, channels=channels)[:, :500]
    for rung in ladder(channels=channels):
        init, segments = encoded(rung, samples, 44_100)
        assert len(segments) == 1
        assert read_audio(init + segments[0].data).shape[1] >= 500


def test_real_music_comes_back_in_place(recordings: dict[str, Path]) -> None:
    samples = read_audio(recordings["time_to_strike.mp3"])[:, 3_000 : 15 * 22_050]
    for rung in ladder(22_050):
        init, segments = encoded(rung, samples, 22_050)
        heard = read_audio(init + b"".join(s.data for s in segments))
        assert offset_samples(heard, samples) == 0, rung.name
