"""The voices: one function per instrument, from a pitch and a length to samples. Vectorised.

Every voice returns float32 of shape (2, samples) at `RATE_HZ`, at about equal loudness.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
Stereo = NDArray[np.float32]
Mono = NDArray[np.float32]

_TABLE = 2_048
_NYQUIST_HZ = RATE_HZ / 2


def frequency_hz(midi: float) -> float:
    """Equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def _times(seconds: float) -> Mono:
    count = int(seconds * RATE_HZ)
    times: Mono = np.arange(count, dtype=np.float32) / np.float32(RATE_HZ)
    return times


@cache
def _wavetable(harmonics: int, slope: float, only_odd: bool) -> Mono:
    """One period of harmonics that fall off by 1/n^slope; nothing above them, so no aliasing."""
    phase = np.arange(_TABLE) / _TABLE * 2 * np.pi
    numbers = range(1, harmonics + 1, 2 if only_odd else 1)
    wave = sum(np.sin(n * phase) / n**slope for n in numbers)
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def _oscillate(
    hz: float, seconds: float, slope: float, *, only_odd: bool = False, vibrato: float = 0.0
) -> Mono:
    """A steady tone; `vibrato` is its depth in semitones, at 5.2 Hz, coming in after 0.3 s."""
    times = _times(seconds)
    phase = times * np.float32(hz)
    if vibrato:
        depth = hz * (2 ** (vibrato / 12) - 1) / (2 * np.pi * 5.2)
        phase = phase + depth * np.clip(times - 0.3, 0, 0.5) * 2 * np.sin(2 * np.pi * 5.2 * times)
    harmonics = max(1, min(40, int(_NYQUIST_HZ * 0.8 / hz)))
    table = _wavetable(harmonics, slope, only_odd)
    wave: Mono = table[(phase * _TABLE).astype(np.int32) % _TABLE]
    return wave


def _envelope(seconds: float, attack_s: float, release_s: float, sustain: float = 1.0) -> Mono:
    """Up, slowly down to `sustain`, and out within the note's own length."""
    times = _times(seconds)
    up = np.clip(times / max(attack_s, 1e-3), 0, 1)
    out = np.clip((times[-1] - times) / max(release_s, 1e-3), 0, 1) if times.size else times
    body = sustain + (1 - sustain) * np.exp(-times * 2.5)
    return np.asarray(up * up * (3 - 2 * up) * out * body, np.float32)


def _spread(left: Mono, right: Mono, gain: float) -> Stereo:
    return np.stack((left, right)) * np.float32(gain)


def _mean(waves: list[Mono]) -> Mono:
    return np.asarray(np.mean(waves, axis=0), np.float32)


def _both(mono: Mono, gain: float) -> Stereo:
    return np.stack((mono, mono)) * np.float32(gain)


def pad(midi: int, seconds: float) -> Stereo:
    """Warm and wide: three detuned voices a side that open while they swell."""
    seconds += 0.8
    hz = frequency_hz(midi)
    swell = 0.5 - 0.5 * np.cos(np.pi * np.clip(_times(seconds) / 2.5, 0, 1))

    def side(detune: tuple[float, float, float]) -> Mono:
        dark = _mean([_oscillate(hz * (1 + d), seconds, 2.4) for d in detune])
        bright = _oscillate(hz * (1 + detune[0]), seconds, 1.2)
        return np.asarray(dark + 0.35 * swell * bright, np.float32)

    left, right = side((-0.006, 0.0015, 0.007)), side((-0.0045, -0.001, 0.0055))
    return _spread(left, right, 0.30) * _envelope(seconds, 0.5, 0.8)


def strings(midi: int, seconds: float) -> Stereo:
    """A section: many players a little apart, with vibrato."""
    seconds += 0.35
    hz = frequency_hz(midi)

    def side(detune: tuple[float, float, float]) -> Mono:
        players = enumerate(detune)
        return _mean(
            [_oscillate(hz * (1 + d), seconds, 1.35, vibrato=0.18 + 0.05 * n) for n, d in players]
        )

    left, right = side((-0.004, 0.0, 0.005)), side((-0.005, 0.001, 0.004))
    return _spread(left, right, 0.26) * _envelope(seconds, 0.18, 0.35)


def keys(midi: int, seconds: float) -> Stereo:
    """Electric piano: FM with a bark at the start and a bell on top, turning left and right."""
    seconds += 0.5
    times = _times(seconds)
    hz = frequency_hz(midi)
    bark = 1.6 * np.exp(-times * 3.5) + 0.25
    body = np.sin(2 * np.pi * hz * times + bark * np.sin(2 * np.pi * hz * times))
    bell = 0.16 * np.exp(-times * 9) * np.sin(2 * np.pi * 7 * hz * times) * (7 * hz < _NYQUIST_HZ)
    tone = ((body + bell) * np.exp(-times * (0.9 + midi / 60))).astype(np.float32)
    turn = np.float32(0.18) * np.sin(2 * np.pi * 4.6 * times)
    return _spread(tone * (1 - turn), tone * (1 + turn), 0.34) * _envelope(seconds, 0.003, 0.3)


def piano(midi: int, seconds: float) -> Stereo:
    """Struck strings: partials a little sharp, the high ones gone first, two strings a key."""
    seconds += 0.9
    times = _times(seconds)
    hz = frequency_hz(midi)
    left, right = np.zeros_like(times), np.zeros_like(times)
    for n in range(1, 11):
        partial_hz = n * hz * float(np.sqrt(1 + 0.0004 * n * n))
        if partial_hz * 1.001 > _NYQUIST_HZ:
            break
        fall = np.exp(times * -((0.5 + 0.45 * n) * 2 ** ((midi - 60) / 24))) / np.float32(n**1.15)
        left += fall * np.sin(times * (2 * np.pi * partial_hz * 0.9993))
        right += fall * np.sin(times * (2 * np.pi * partial_hz * 1.0007))
    return _spread(left, right, 0.30) * _envelope(seconds, 0.002, 0.25)


def pluck(midi: int, seconds: float) -> Stereo:
    """A plucked string after Karplus and Strong (1983), a period at a time."""
    seconds += 0.7
    period = max(2, round(RATE_HZ / frequency_hz(midi)))
    random = np.random.default_rng(midi)
    string: Mono = random.uniform(-1, 1, period).astype(np.float32)
    string -= string.mean()
    string = ((string + np.roll(string, 1) + np.roll(string, 2)) / 3).astype(np.float32)
    count = int(seconds * RATE_HZ)
    periods = np.empty((count // period + 1, period), np.float32)
    keep = np.float32(0.5 * 0.999 ** (midi / 40))
    for n in range(len(periods)):
        periods[n] = string
        string = (keep * (string + np.roll(string, 1))).astype(np.float32)
    tone = periods.ravel()[:count]
    late = np.concatenate((np.zeros(90, np.float32), tone[:-90]))
    return _spread(tone, 0.6 * tone + 0.4 * late, 0.62) * _envelope(seconds, 0.001, 0.3)


def bell(midi: int, seconds: float) -> Stereo:
    """Metal: partials that are no harmonics, each fading at its own pace."""
    seconds += 2.2
    times = _times(seconds)
    hz = frequency_hz(midi)
    tone = np.zeros_like(times)
    for ratio, gain, decay in ((1, 1, 1.1), (2.0, 0.5, 1.8), (2.76, 0.35, 2.6), (5.4, 0.18, 4.5)):
        if ratio * hz < _NYQUIST_HZ:
            tone += gain * np.exp(-times * decay) * np.sin(2 * np.pi * ratio * hz * times)
    drift = np.float32(0.25) * np.sin(2 * np.pi * 0.7 * times)
    tone = tone.astype(np.float32)
    return _spread(tone * (1 + drift), tone * (1 - drift), 0.20) * _envelope(seconds, 0.002, 1.2)


def flute(midi: int, seconds: float) -> Stereo:
    """A breath, and a tone with few harmonics that trembles once it stands."""
    seconds += 0.12
    hz = frequency_hz(midi)
    tone = _oscillate(hz, seconds, 2.2, vibrato=0.22)
    random = np.random.default_rng(midi)
    noise = random.standard_normal(tone.size).astype(np.float32)
    breath = np.convolve(noise, np.ones(24, np.float32) / 24, "same")
    breath *= 0.05 + 0.25 * np.exp(-_times(seconds) * 14)
    return _both(tone + breath, 0.30) * _envelope(seconds, 0.06, 0.12)


def lead(midi: int, seconds: float) -> Stereo:
    """A singing synthesiser: two saws with vibrato, brighter at the start."""
    seconds += 0.15
    hz = frequency_hz(midi)
    dark = _oscillate(hz, seconds, 1.7, vibrato=0.25)
    left = _oscillate(hz * 1.004, seconds, 1.0, vibrato=0.25)
    right = _oscillate(hz * 0.996, seconds, 1.0, vibrato=0.25)
    bite = (0.25 + 0.5 * np.exp(-_times(seconds) * 5)).astype(np.float32)
    return _spread(dark + bite * left, dark + bite * right, 0.22) * _envelope(seconds, 0.02, 0.15)


def square(midi: int, seconds: float) -> Stereo:
    """Short and hollow, for arpeggios: odd harmonics that close at once."""
    seconds += 0.08
    hz = frequency_hz(midi)
    fall = np.exp(-_times(seconds) * 9).astype(np.float32)
    tone = fall * _oscillate(hz, seconds, 1.0, only_odd=True)
    tone += (1 - fall) * 0.7 * _oscillate(hz, seconds, 2.2, only_odd=True)
    return _both(tone, 0.24) * _envelope(seconds, 0.002, 0.08, sustain=0.35)


def bass(midi: int, seconds: float) -> Stereo:
    """Round: the fundamental, and a growl that is gone after a tenth of a second."""
    seconds += 0.05
    hz = frequency_hz(midi)
    times = _times(seconds)
    growl = _oscillate(hz, seconds, 1.1) * (0.30 + 0.8 * np.exp(-times * 9)).astype(np.float32)
    tone = np.sin(2 * np.pi * hz * times).astype(np.float32) + growl
    return _both(np.tanh(1.3 * tone), 0.26) * _envelope(seconds, 0.004, 0.06, sustain=0.7)


VOICES: dict[str, Callable[[int, float], Stereo]] = {
    voice.__name__: voice
    for voice in (pad, strings, keys, piano, pluck, bell, flute, lead, square, bass)
}
