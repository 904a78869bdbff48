"""Whether samples are missing or doubled where one track follows another. Pure.

The speed of a player is changed by some permille right after a joint, since the hub counts whole
milliseconds; so the position is read from short windows next to the joint, on each side a curve is
laid through them, and their distance at the joint is what is missing there.
"""

import numpy as np
from numpy.typing import NDArray

from loadtests.heard.correlate import LIKE_ENOUGH, Ear, Wave, band, lag_of

WINDOW_S = 0.05
HOP_S = 0.005
SIDE_S = 0.3
"""How far from the joint windows are looked at."""
_SEARCH_S = 0.01
_MARGIN_S = 0.1
"""What the filter rings."""
_FEWEST = 20


def step_s(ear: Ear, sound: Wave, rate_hz: int, at_s: float, music_s: float) -> float:
    """By how much the position jumps when it passes `music_s`, which is at about `at_s`.

    Positive when music is missing; NaN when too little was recognised.
    """
    first = max(0, int((at_s - SIDE_S - _MARGIN_S) * rate_hz))
    last = int((at_s + SIDE_S + _MARGIN_S) * rate_hz)
    piece = band(sound[first:last], rate_hz)
    window, hop = int(WINDOW_S * rate_hz), int(HOP_S * rate_hz)
    places = []
    for start in range(int(_MARGIN_S * rate_hz), piece.size - window, hop):
        begin_s = (first + start) / rate_hz
        guess_s = music_s + begin_s - at_s
        low_s, stretch = ear.stretch(guess_s - _SEARCH_S, guess_s + WINDOW_S + _SEARCH_S)
        if stretch.size <= window:
            continue
        lag, alike = lag_of(piece[start : start + window], stretch)
        if alike >= LIKE_ENOUGH:
            places.append((begin_s, low_s + lag / rate_hz))
    if not places:
        return float("nan")
    begins_s, found_s = np.array(places).T
    before = found_s + WINDOW_S <= music_s
    after = found_s >= music_s
    if before.sum() < _FEWEST or after.sum() < _FEWEST:
        return float("nan")
    # Both curves at the moment of the joint, as the one before it tells.
    joint_s = float(np.interp(music_s, found_s[before] + WINDOW_S, begins_s[before] + WINDOW_S))
    ends = [_curve_at(begins_s[side], found_s[side], joint_s) for side in (before, after)]
    return ends[1] - ends[0]


def _curve_at(begins_s: NDArray[np.float64], found_s: NDArray[np.float64], joint_s: float) -> float:
    """Position at the joint of the curve through the middles of the windows."""
    at_s = begins_s + WINDOW_S / 2 - joint_s
    off_s = found_s - begins_s
    middle_s = float(np.median(off_s))
    return float(np.polyfit(at_s, off_s - middle_s, 2)[-1]) + middle_s
