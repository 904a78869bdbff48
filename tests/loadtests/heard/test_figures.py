"""What is made of positions: spread, skew, late joiners, joints, drift."""

import numpy as np
import pytest
from numpy.typing import NDArray

from loadtests.heard.correlate import HOP_S, WINDOW_S, Track
from loadtests.heard.figures import Hearing, Joining, Turn, first_sound_s
from loadtests.heard.standstills import Standstill
from loadtests.heard.verdicts import Asked, Figure

GRID = np.arange(0, 40, HOP_S) + WINDOW_S / 2
START = Turn("start", 1.0, 0.0)


def listener(off_ms: float | NDArray[np.float64], from_s: float = 1.0) -> Track:
    """Somebody who hears the line off by so much, from a moment on."""
    position = GRID - 1.0 + off_ms * np.ones(GRID.size) / 1_000
    silent = from_s - WINDOW_S / 2 > GRID
    return Track(GRID, np.where(silent, np.nan, position), silent)


def test_the_spread_is_from_the_first_to_the_last() -> None:
    hearing = Hearing([listener(0), listener(3), listener(-1.5)], [START], [])

    settled = hearing.settled(5)

    assert [settled.p50_ms, settled.max_ms] == pytest.approx([4.5, 4.5])
    assert settled.windows == (GRID > 6.0).sum()
    assert hearing.skew_ms(START) == pytest.approx(4.5)


def test_what_happens_while_settling_does_not_count() -> None:
    off = np.where(GRID < 4, 50.0, 1.0)
    hearing = Hearing([listener(0), listener(off)], [START], [])

    assert hearing.settled(5).max_ms == pytest.approx(1)
    assert hearing.skew_ms(START) == pytest.approx(50)


def test_a_late_joiner_is_timed_until_he_stays_near() -> None:
    off = np.where(GRID < 13, 30.0, np.where(GRID < 13.1, 2.0, np.where(GRID < 13.2, 9.0, 1.0)))
    joining = Joining(2, 10.0)
    hearing = Hearing([listener(0), listener(0.4), listener(off, from_s=12)], [START], [joining])

    assert hearing.together_s(joining) == pytest.approx(3.0, abs=0.16)
    assert hearing.settled(5).max_ms == pytest.approx(1)


def test_a_standstill_of_the_machine_is_nobodys_doing() -> None:
    off = np.where((GRID > 20) & (GRID < 30), 40.0, 1.0)
    turns = [START, Turn("joint", 24.0, 23.0)]
    joinings = [Joining(1, 12.0), Joining(1, 3.0)]
    still = Standstill(20.0, 1.2)
    hearing = Hearing([listener(0), listener(off)], turns, joinings, [still])

    assert hearing.settled(0.5).max_ms == pytest.approx(1)
    assert hearing.settled(0.5, whatever=True).max_ms == pytest.approx(40)
    assert hearing.is_rested(0.0, 19.9)
    assert not hearing.is_rested(19.0, 20.5)
    assert not hearing.is_rested(30.0, 31.0), "browsers still tell wrong times"
    assert hearing.is_rested(36.3, 40.0)
    assert hearing.drift_ppm(1, 2.0) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("missing", [0, 7, -3])
def test_missing_samples_at_a_joint_are_counted(missing: int) -> None:
    off = np.where(GRID < 20, 0.0, missing / 44_100 * 1_000)
    hearing = Hearing([listener(0.2), listener(off)], [START], [])

    assert hearing.step_samples(0, 20.0, 44_100) == pytest.approx(0, abs=0.01)
    assert hearing.step_samples(1, 20.0, 44_100) == pytest.approx(missing, abs=0.01)


def test_a_clock_that_runs_away_is_seen() -> None:
    hearing = Hearing([listener(0), listener((GRID - 1) * 0.1)], [START], [])

    assert hearing.drift_ppm(0, 5) == pytest.approx(0, abs=0.1)
    assert hearing.drift_ppm(1, 5) == pytest.approx(100, rel=0.01)


def test_the_first_sound_is_found_to_the_sample() -> None:
    sound = np.zeros(100_000, np.float32)
    sound[70_123] = -0.5

    assert first_sound_s(sound, 50_000, 0.2) == 70_123 / 50_000
    assert np.isnan(first_sound_s(sound, 50_000, 1.9))


def test_the_worst_value_is_judged() -> None:
    def verdict(*values: float) -> str:
        return Figure("skew", "ms", values, Asked(5, 2)).verdict

    assert verdict(0.1, -1.9) == "aim reached"
    assert verdict(0.1, -4.9) == "reached"
    assert verdict(0.1, 5.1) == "NOT reached"
    assert verdict(0.1, float("nan")) == "NOT reached"
    assert verdict() == ""
