import pytest

from media.child.loudness import Loudness, read_loudness


def test_the_meters_words_become_numbers() -> None:
    metadata = {
        "lavfi.r128.I": "-14.2",
        "lavfi.r128.LRA": "6.1",
        "lavfi.r128.true_peaks_ch0": "0.5",
        "lavfi.r128.true_peaks_ch1": "1.0",
    }
    assert read_loudness(metadata, 2) == Loudness(-14.2, 6.1, 0.0)
    assert read_loudness(metadata, 1).true_peak_dbtp == pytest.approx(-6.02)


@pytest.mark.parametrize("silent", ["-70.0", "-inf", "nan"])
def test_silence_has_no_loudness(silent: str) -> None:
    metadata = {"lavfi.r128.I": silent, "lavfi.r128.LRA": "0", "lavfi.r128.true_peaks_ch0": "0"}
    assert read_loudness(metadata, 1) == Loudness(None, None, None)


def test_a_track_too_short_to_measure_has_none() -> None:
    assert read_loudness({}, 2) == Loudness(None, None, None)
