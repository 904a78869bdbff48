"""The drum kit: each sound is made once, from sweeps and filtered noise."""

from functools import cache

import numpy as np

from media.demo.instruments import RATE_HZ, Mono, Stereo


def _noise(seconds: float, low_hz: float, high_hz: float, seed: int) -> Mono:
    """White noise between two frequencies, with soft edges."""
    count = int(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum *= 1 / (1 + (low_hz / np.maximum(hz, 1)) ** 6) / (1 + (hz / high_hz) ** 6)
    wave = np.fft.irfft(spectrum, count)
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def _fall(seconds: float, pace: float) -> Mono:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    fade = np.clip((seconds - times) / 0.01, 0, 1)
    return np.asarray(np.exp(-times * pace) * fade, np.float32)


def _sweep(seconds: float, from_hz: float, to_hz: float, pace: float) -> Mono:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = to_hz + (from_hz - to_hz) * np.exp(-times * pace)
    return np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ).astype(np.float32)


@cache
def drum(name: str) -> Stereo:
    """One hit of `name`, at full strength."""
    match name:
        case "kick":
            tone = _sweep(0.42, 150, 46, 32) * _fall(0.42, 7)
            tone[:220] += 0.3 * _noise(0.005, 1_500, 9_000, 1)[:220]
            return _placed(np.tanh(1.6 * tone), 0.66, 0.0)
        case "soft kick":
            return _placed(_sweep(0.35, 95, 48, 24) * _fall(0.35, 9), 0.52, 0.0)
        case "snare":
            tone = 0.5 * _sweep(0.25, 260, 180, 40) * _fall(0.25, 22)
            return _placed(tone + 0.8 * _noise(0.25, 900, 9_000, 2) * _fall(0.25, 17), 0.62, 0.05)
        case "clap":
            hit = _noise(0.3, 900, 6_000, 3)
            times = np.arange(hit.size) / RATE_HZ
            hands = sum(
                np.exp(-np.maximum(times - d, 0) * 120) * (times >= d) for d in (0, 0.011, 0.023)
            )
            return _placed(hit * (0.6 * hands + np.exp(-times * 16)), 0.5, -0.08)
        case "rim":
            tone = _sweep(0.06, 1_700, 1_650, 1) + 0.6 * _sweep(0.06, 420, 400, 1)
            return _placed(tone * _fall(0.06, 75), 0.4, 0.25)
        case "hat":
            return _placed(_noise(0.07, 7_000, 15_000, 4) * _fall(0.07, 60), 0.3, 0.3)
        case "open hat":
            return _placed(_noise(0.4, 6_500, 15_000, 5) * _fall(0.4, 9), 0.28, 0.3)
        case "ride":
            tone = _noise(0.8, 5_000, 13_000, 6) + 0.25 * _sweep(0.8, 3_150, 3_140, 1)
            return _placed(tone * _fall(0.8, 6), 0.2, -0.35)
        case "shaker":
            swell = np.sin(np.pi * np.linspace(0, 1, int(0.09 * RATE_HZ))) ** 2
            return _placed(_noise(0.09, 5_000, 12_000, 7) * swell, 0.24, -0.4)
        case "tom":
            return _placed(_sweep(0.5, 170, 92, 12) * _fall(0.5, 7), 0.7, -0.25)
        case "low tom":
            return _placed(_sweep(0.7, 120, 62, 9) * _fall(0.7, 5), 0.8, 0.25)
        case "crash":
            return _placed(_noise(2.2, 3_000, 14_000, 8) * _fall(2.2, 1.9), 0.34, -0.15)
        case "swell":
            rise = np.linspace(0, 1, int(1.8 * RATE_HZ)) ** 3
            return _placed(_noise(1.8, 1_200, 12_000, 9) * rise, 0.3, 0.0)
    raise LookupError(name)


def _placed(tone: np.ndarray[tuple[int], np.dtype[np.floating]], gain: float, pan: float) -> Stereo:
    """At equal power between left (-1) and right (1)."""
    angle = (pan + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2)
    return np.asarray(sides * tone * gain, np.float32)
