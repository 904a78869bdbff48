"""Finding a recorded sound in the music: whole samples, parts of them, silence, other sounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.heard.correlate import Ear, Wave, band, lag_of
from tests.media.signals import music

RATE_HZ = 50_000
LINE: Wave = music(8.0, rate_hz=RATE_HZ, channels=1)[0]


def late(wave: Wave, seconds: float) -> Wave:
    """The sound later by a time that is no multiple of a sample; its ends wrap around."""
    spectrum = np.fft.rfft(wave)
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(wave.size, 1 / RATE_HZ) * seconds)
    return np.fft.irfft(spectrum * turn, wave.size).astype(np.float32)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear(LINE, RATE_HZ)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1))
def test_a_piece_is_found_where_it_was_cut(start: int, volume: float) -> None:
    filtered = band(LINE, RATE_HZ)
    piece = filtered[start : start + 15_000] * np.float32(volume)

    lag, alike = lag_of(piece, filtered[:30_000])

    assert lag == pytest.approx(start, abs=0.01)
    assert alike == pytest.approx(1, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.5, 0.5))
def test_parts_of_a_sample_are_found(share: float) -> None:
    filtered = band(LINE, RATE_HZ)
    shifted = band(late(LINE, share / RATE_HZ), RATE_HZ)

    lag, _ = lag_of(shifted[50_000:65_000], filtered[49_000:66_000])

    assert lag == pytest.approx(1_000 - share, abs=0.05)


def test_a_listener_is_followed_through_silence_and_a_seek(ear: Ear) -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    heard = np.concatenate([LINE[:100_000], silence, LINE[250_000:350_000]])

    track = ear.follow(heard)

    before, after = track.at_s < 1.8, track.at_s > 3.2
    assert np.abs(track.position_s[before] - track.at_s[before]).max() < 1e-6
    assert np.abs(track.position_s[after] - track.at_s[after] - 2).max() < 1e-6
    assert track.silent[(track.at_s > 2.3) & (track.at_s < 2.7)].all()
    assert not track.silent[before].any()


def test_another_sound_is_not_taken_for_the_music(ear: Ear) -> None:
    noise = np.random.default_rng(5).standard_normal(2 * RATE_HZ).astype(np.float32) * 0.1

    track = ear.follow(noise)

    assert np.isnan(track.position_s).all()
    assert not track.silent.any()
