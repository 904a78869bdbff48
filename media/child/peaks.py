"""The outline of a track for drawing: the lowest and highest sample of each 1/50 s, in eight bits.

Pure, over numpy arrays. Memory is bounded whatever the length: past `MAX_PAIRS` two neighbours
become one and the resolution halves.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

PAIRS_PER_S = 50
MAX_PAIRS = 65_536
"""21 minutes at full resolution; more pixels than any screen has."""


class Waveform(Struct, frozen=True):
    """The waveform document; the format that BBC's audiowaveform writes and peaks.js reads."""

    version: int
    sample_rate: int
    """Hz of the source."""
    samples_per_pixel: int
    channels: int
    """Always 1: all channels of the source mixed."""
    bits: int
    """Always 8: values from -128 to 127."""
    length: int
    """Number of pairs."""
    data: list[int]
    """min, max, min, max, …"""


class PeakMeter:
    """Takes the track in blocks of any size."""

    def __init__(self, sample_rate_hz: int, *, max_pairs: int = MAX_PAIRS) -> None:
        assert max_pairs % 2 == 0
        self._sample_rate_hz = sample_rate_hz
        self._samples_per_pixel = max(1, round(sample_rate_hz / PAIRS_PER_S))
        self._rest = np.empty(0, np.float32)
        self._pairs = np.empty((max_pairs, 2), np.int8)
        self._count = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        """One block: float32, shape (channels, samples), full scale ±1."""
        mono = samples[0] if samples.shape[0] == 1 else samples.mean(axis=0, dtype=np.float32)
        mono = np.concatenate((self._rest, mono))
        while mono.size >= self._samples_per_pixel:
            pixels = min(mono.size // self._samples_per_pixel, len(self._pairs) - self._count)
            cut = pixels * self._samples_per_pixel
            self._append(mono[:cut].reshape(pixels, self._samples_per_pixel))
            mono = mono[cut:]
            if self._count == len(self._pairs):
                self._halve()
        # A copy: a view would keep the whole block alive.
        self._rest = mono.copy()

    def waveform(self) -> Waveform:
        """The outline of everything taken so far; call once, at the end."""
        if self._rest.size:
            self._append(self._rest.reshape(1, -1))
        return Waveform(
            version=1,
            sample_rate=self._sample_rate_hz,
            samples_per_pixel=self._samples_per_pixel,
            channels=1,
            bits=8,
            length=self._count,
            data=self._pairs[: self._count].ravel().tolist(),
        )

    def _append(self, pixels: NDArray[np.float32]) -> None:
        end = self._count + len(pixels)
        self._pairs[self._count : end, 0] = _to_eight_bits(pixels.min(axis=1))
        self._pairs[self._count : end, 1] = _to_eight_bits(pixels.max(axis=1))
        self._count = end

    def _halve(self) -> None:
        half = self._count // 2
        couples = self._pairs.reshape(half, 2, 2)
        self._pairs[:half, 0], self._pairs[:half, 1] = (
            couples[:, :, 0].min(axis=1),
            couples[:, :, 1].max(axis=1),
        )
        self._count = half
        self._samples_per_pixel *= 2


def _to_eight_bits(values: NDArray[np.float32]) -> NDArray[np.int8]:
    # A decoder may hand out NaN for a broken float WAV; it draws as silence.
    whole = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0) * 128
    return np.clip(np.rint(whole), -128, 127).astype(np.int8)
