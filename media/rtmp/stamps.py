"""Numbers the samples of an RTMP broadcast. Pure.

RTMP tells times in whole milliseconds, so a frame of 21.3 ms comes 21 or 22 ms after the one
before. Placed by these times, sound would be torn 47 times a second: samples are counted, and the
times only tell where something is missing.
"""

from media.live.sound_line import SAMPLE_RATE_HZ

TOLERANCE_MS = 100
"""Rounding, and what a resampler holds back, stay far below; a lost frame of video is far above."""
_TOLERANCE = TOLERANCE_MS * SAMPLE_RATE_HZ // 1_000


class Stamps:
    """Gives each piece of sound the number of its first sample."""

    def __init__(self) -> None:
        self._next = 0
        self._zero: int | None = None

    def place(self, at_ms: int | None, samples: int) -> int:
        """The number of a piece's first sample.

        Args:
            at_ms: when the publisher says that it begins; None when he does not.
            samples: how long it is, at 48 kHz.
        """
        if at_ms is not None:
            told = at_ms * SAMPLE_RATE_HZ // 1_000
            if self._zero is None:
                self._zero = told - self._next
            ahead = told - self._zero - self._next
            if ahead > _TOLERANCE:
                self._next += ahead
            elif ahead < -_TOLERANCE:
                # His clock was set back; nothing is missing.
                self._zero += ahead
        stamp = self._next
        self._next += samples
        return stamp
