"""Where in a known piece of music a recorded sound is: by cross-correlation, to parts of a sample.

Pure: arrays in, arrays out. Positions and times are seconds; both arrays have the same rate.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Wave = NDArray[np.float32]
"""One channel, full scale ±1."""

WINDOW_S = 0.3
HOP_S = 0.1
SEARCH_S = 0.15
"""How far from where it should be a window is looked for first."""
LIKE_ENOUGH = 0.9
"""Below this correlation a window says nothing: a jump, a change of speed, other sounds."""
SILENT_RMS = 10 ** (-65 / 20)
"""Of what is compared."""
LOW_HZ, HIGH_HZ = 150.0, 6_000.0
"""What is compared: where music has its energy, and below every codec's and resampler's edge."""
_THINNED = 8
_WIDE_WINDOW_S = 1.2
_WIDE_EVERY_S = 0.5


class Track(Struct, frozen=True):
    """What one listener heard, every `HOP_S`."""

    at_s: NDArray[np.float64]
    """Middles of the windows, in the recording."""
    position_s: NDArray[np.float64]
    """In the music, at that moment; NaN where nothing was recognised."""
    silent: NDArray[np.bool_]


def band(wave: Wave, rate_hz: float) -> Wave:
    """The part of the sound that is compared, the higher the more: bass repeats itself too soon.

    Shifts nothing in time.
    """
    size = 1 << (wave.size - 1).bit_length()
    spectrum = np.fft.rfft(wave, size)
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    rise = np.clip((hz - LOW_HZ) / LOW_HZ + 0.5, 0, 1)
    fall = np.clip((HIGH_HZ - hz) / 1_000 + 0.5, 0, 1)
    tilt = np.sqrt(hz / HIGH_HZ)
    found = np.fft.irfft(spectrum * rise * fall * tilt, size)[: wave.size]
    return found.astype(np.float32)


def lag_of(window: Wave, stretch: Wave) -> tuple[float, float]:
    """Where in `stretch` the window lies, in samples with fractions, and how alike they are (0..1).

    The stretch is longer than the window.
    """
    size = 1 << (stretch.size - 1).bit_length()
    product = np.fft.rfft(stretch, size) * np.conj(np.fft.rfft(window, size))
    sums = np.fft.irfft(product, size)[: stretch.size - window.size + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(stretch, dtype=np.float64))])
    here = energy[window.size :] - energy[: -window.size]
    own = float(np.sum(np.square(window, dtype=np.float64)))
    alike = sums / np.sqrt(np.maximum(here * own, 1e-12))
    best = int(np.argmax(alike))
    return best + _vertex(alike, best), float(alike[best])


class Ear:
    """Recognises places of one piece of music."""

    def __init__(self, music: Wave, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._music = band(music, rate_hz)
        self._thin = self._music[::_THINNED]
        """Aliased above a sixteenth of the rate: so is the window, alike, so it does not matter."""
        self._size = 1 << (self._thin.size + int(_WIDE_WINDOW_S * rate_hz)).bit_length()
        self._spectrum = np.conj(np.fft.rfft(self._thin, self._size))
        self._energy = np.concatenate([[0.0], np.cumsum(np.square(self._thin, dtype=np.float64))])

    def follow(self, sound: Wave, others: tuple[Track, ...] = ()) -> Track:
        """Where `sound` is, window by window; `others` heard the same, which saves searching."""
        rate = self._rate_hz
        sound = band(sound, rate)
        window = int(WINDOW_S * rate)
        starts = (np.arange(0, max(0.0, sound.size / rate - WINDOW_S), HOP_S) * rate).astype(int)
        position = np.full(starts.size, np.nan)
        silent = np.zeros(starts.size, bool)
        last: tuple[float, float] | None = None  # when, where
        searched_s = -np.inf
        for i, start in enumerate(starts):
            piece, now_s = sound[start : start + window], start / rate
            if np.sqrt(np.mean(np.square(piece))) < SILENT_RMS:
                silent[i] = True
                continue
            guesses = [last[1] + now_s - last[0]] if last is not None else []
            guesses += [
                track.position_s[i] - WINDOW_S / 2 for track in others if i < track.at_s.size
            ]
            found = self._near(piece, guesses)
            if found is None and now_s - searched_s >= _WIDE_EVERY_S:
                searched_s = now_s
                wide = self._anywhere(sound[start : start + int(_WIDE_WINDOW_S * rate)])
                found = self._near(piece, [wide]) if wide is not None else None
            if found is not None:
                last = (now_s, found)
                position[i] = found + WINDOW_S / 2
        self._look_back(sound, starts, position, silent)
        return Track(starts / rate + WINDOW_S / 2, position, silent)

    def stretch(self, low_s: float, high_s: float) -> tuple[float, Wave]:
        """Music from about `low_s` to `high_s`, filtered, and where it really begins."""
        low = max(0, int(low_s * self._rate_hz))
        return low / self._rate_hz, self._music[low : int(high_s * self._rate_hz)]

    def _look_back(
        self,
        sound: Wave,
        starts: NDArray[np.int_],
        position: NDArray[np.float64],
        silent: NDArray[np.bool_],
    ) -> None:
        """Windows just after a jump, which were not known until a later one was."""
        window = int(WINDOW_S * self._rate_hz)
        for i in range(starts.size - 2, -1, -1):
            if silent[i] or np.isfinite(position[i]) or not np.isfinite(position[i + 1]):
                continue
            step_s = (starts[i + 1] - starts[i]) / self._rate_hz
            guess_s = position[i + 1] - WINDOW_S / 2 - step_s
            found = self._near(sound[starts[i] : starts[i] + window], [guess_s])
            if found is not None:
                position[i] = found + WINDOW_S / 2

    def _near(self, piece: Wave, guesses: list[float]) -> float | None:
        """Start of the piece in the music, s; the first guess around which it is found."""
        for guess_s in guesses:
            if not np.isfinite(guess_s):
                continue
            low = max(0, int((guess_s - SEARCH_S) * self._rate_hz))
            high = int((guess_s + SEARCH_S) * self._rate_hz) + piece.size
            stretch = self._music[low:high]
            if stretch.size <= piece.size:
                continue
            lag, alike = lag_of(piece, stretch)
            if alike >= LIKE_ENOUGH:
                return (low + lag) / self._rate_hz
        return None

    def _anywhere(self, piece: Wave) -> float | None:
        """Roughly where the piece is in the whole music, s."""
        thin = piece[::_THINNED]
        if thin.size < 2:
            return None
        # Correlation with the roles exchanged: the music's spectrum is known already.
        sums = np.fft.irfft(np.conj(self._spectrum * np.fft.rfft(thin, self._size)), self._size)
        sums = sums[: self._thin.size - thin.size + 1]
        here = self._energy[thin.size :] - self._energy[: -thin.size]
        alike = sums / np.sqrt(np.maximum(here, 1e-9 * self._energy[-1]))
        return float(np.argmax(alike)) * _THINNED / self._rate_hz


def _vertex(values: NDArray[np.float64], best: int) -> float:
    """How far from `best` the top of the parabola through it and its neighbours is."""
    if not 0 < best < values.size - 1:
        return 0.0
    before, at, after = values[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
