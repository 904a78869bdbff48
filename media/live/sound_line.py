"""One unbroken line of sound, whatever arrives: silence where packets are missing, never a drift.

What comes in is placed by its own sample count and held against this machine's clock: the line is
never more than `AHEAD` in front of it nor more than `BEHIND` after it. So a broadcast that has run
for a day is as late as in its first minute.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 48_000
AHEAD_SAMPLES = SAMPLE_RATE_HZ * 2 // 10
BEHIND_SAMPLES = SAMPLE_RATE_HZ // 2
"""Longer than the 16 packets of 20 ms that a jitter buffer waits for one that is lost."""
LONGEST_GAP_SAMPLES = SAMPLE_RATE_HZ
"""A larger hole between two time stamps is a new start, not a loss."""

Sound = NDArray[np.int16]
"""Stereo, shape (samples, 2)."""


class SoundLine:
    """Takes pieces of sound with their time stamps, gives back what is to be encoded."""

    def __init__(self, now_s: float) -> None:
        self._start_s = now_s
        self._written = 0
        self._expected: int | None = None
        self._pieces: list[Sound] = []
        self.filled_samples = 0
        """Silence so far, in the place of what did not come."""
        self.dropped_samples = 0
        """Sound so far that came too late or too fast."""

    def restart(self) -> None:
        """The next piece is another publication's: its time stamps say nothing about this one's."""
        self._expected = None

    def add(self, stamp: int, sound: Sound, now_s: float) -> None:
        """Places a piece whose first sample has the number `stamp` (RTP time, unwrapped)."""
        if self._expected is not None:
            gap = stamp - self._expected
            if gap < 0:
                if -gap <= LONGEST_GAP_SAMPLES:
                    self.dropped_samples += len(sound)
                    return
            elif gap <= LONGEST_GAP_SAMPLES:
                self._fill(min(gap, self._room(now_s)))
        self._expected = stamp + len(sound)
        if len(sound) > self._room(now_s):
            self.dropped_samples += len(sound)
            return
        self._pieces.append(sound)
        self._written += len(sound)

    def take(self, now_s: float) -> Sound:
        """What has to be encoded now: what came, and silence for what is overdue."""
        self._fill(self._clock(now_s) - BEHIND_SAMPLES - self._written)
        pieces, self._pieces = self._pieces, []
        return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.int16)

    def _clock(self, now_s: float) -> int:
        return int((now_s - self._start_s) * SAMPLE_RATE_HZ)

    def _room(self, now_s: float) -> int:
        return self._clock(now_s) + AHEAD_SAMPLES - self._written

    def _fill(self, samples: int) -> None:
        if samples <= 0:
            return
        self._pieces.append(np.zeros((samples, 2), np.int16))
        self._written += samples
        self.filled_samples += samples
