import pytest
from msgspec import json

from media.child.analysis import Analyst
from media.child.messages import Analysed
from media.child.peaks import Waveform
from tests.media.child.test_encoder import frames
from tests.media.signals import Samples, silence, sine


def analysed(samples: Samples, rate_hz: int = 48_000) -> Analysed:
    analyst = Analyst(rate_hz, samples.shape[0])
    for frame in frames(samples, rate_hz):
        analyst.add(frame)
    return analyst.finish()


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
def test_a_stereo_sine_of_minus_23_dbfs_is_as_loud_as_the_standard_says(rate_hz: int) -> None:
    # EBU Tech 3341, test case 1: 1 kHz at -23 dBFS in both channels reads -23 LUFS.
    found = analysed(sine(20.0, hz=1_000, rate_hz=rate_hz, dbfs=-23.0), rate_hz)
    assert found.loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert found.loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.3)
    assert found.loudness.range_lu == pytest.approx(0.0, abs=0.1)


def test_one_channel_is_three_lu_quieter_than_two() -> None:
    found = analysed(sine(20.0, hz=1_000, rate_hz=48_000, channels=1, dbfs=-23.0))
    assert found.loudness.integrated_lufs == pytest.approx(-26.0, abs=0.1)


def test_peaks_between_the_samples_count() -> None:
    # At a quarter of the rate and 45 degrees every sample is 3 dB below the peak of the wave.
    samples = sine(5.0, hz=12_000, rate_hz=48_000, dbfs=0.0)
    samples[:] = 0
    samples[:, 0::4] = samples[:, 1::4] = 0.7071
    samples[:, 2::4] = samples[:, 3::4] = -0.7071
    assert analysed(samples).loudness.true_peak_dbtp == pytest.approx(0.3, abs=0.4)


def test_silence_has_a_flat_waveform_and_no_loudness() -> None:
    found = analysed(silence(3.0, rate_hz=48_000))
    assert found.loudness.integrated_lufs is None
    assert found.loudness.true_peak_dbtp is None
    waveform = json.decode(found.waveform_json, type=Waveform)
    assert (waveform.length, set(waveform.data)) == (150, {0})
    assert (waveform.version, waveform.channels, waveform.bits) == (1, 1, 8)
