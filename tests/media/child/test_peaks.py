import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.child.peaks import PeakMeter, Waveform
from tests.media.signals import Samples, silence, sine


def outline(samples: Samples, rate_hz: int = 44_100, block: int = 1_000) -> Waveform:
    meter = PeakMeter(rate_hz)
    for start in range(0, samples.shape[1], block):
        meter.add(samples[:, start : start + block])
    return meter.waveform()


def test_a_sine_reaches_its_peaks_in_every_pair() -> None:
    waveform = outline(sine(2.0, dbfs=-6.0206))
    assert waveform.samples_per_pixel == 882
    assert waveform.length == 100
    assert set(waveform.data[0::2]) <= {-64, -63}
    assert set(waveform.data[1::2]) <= {63, 64}


def test_a_click_shows_where_it_is() -> None:
    samples = silence(2.0)
    samples[:, 44_100] = 1.0
    data = outline(samples).data
    assert [n for n, value in enumerate(data) if value] == [2 * 50 + 1]
    assert data[101] == 127


def test_channels_are_mixed() -> None:
    samples = sine(1.0, dbfs=-1.0)
    samples[1] *= -1
    assert set(outline(samples).data) == {0}


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 192_000])
def test_there_are_fifty_pairs_a_second(rate_hz: int) -> None:
    waveform = outline(sine(3.0, rate_hz=rate_hz), rate_hz)
    assert waveform.length == pytest.approx(150, abs=1)


@given(st.integers(0, 5_000), st.integers(1, 700))
def test_the_size_of_blocks_makes_no_difference(count: int, block: int) -> None:
    samples = np.random.default_rng(count).uniform(-1, 1, (2, count)).astype(np.float32)
    assert outline(samples, 8_000, block) == outline(samples, 8_000, 5_001)


def test_a_long_track_halves_its_resolution_and_loses_no_peak() -> None:
    meter = PeakMeter(8_000, max_pairs=64)
    samples = np.zeros((1, 8_000), np.float32)
    for second in range(60):
        samples[:] = 0
        samples[0, 100] = -1.0 if second == 41 else 0.0
        meter.add(samples)
    waveform = meter.waveform()
    assert waveform.length <= 64
    assert waveform.samples_per_pixel * waveform.length >= 60 * 8_000
    assert waveform.data.count(-128) == 1
    assert waveform.data.index(-128) // 2 == (41 * 8_000 + 100) // waveform.samples_per_pixel


def test_numbers_that_are_none_draw_as_silence() -> None:
    samples = np.array([[np.nan, np.inf, -np.inf, 0.0] * 100], np.float32)
    assert set(outline(samples, 8_000).data) <= {-128, 127, 0}
