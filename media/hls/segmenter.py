"""Cuts one rung's coded frames into segments that start at whole multiples of the segment length.

Counted in samples of music: the priming lies in front of the first segment, so segment k of every
rung holds music from exactly `k * segment_samples` on, whatever its codec.
"""

from msgspec import Struct

from media.hls.fmp4 import CodedFrame, media_segment


class Segment(Struct, frozen=True):
    """One independently addressable piece of a rung."""

    index: int
    """Counts from 0."""
    duration_samples: int
    """Coded length; in the first segment it includes the priming."""
    data: bytes
    """`moof` and `mdat`."""


class Segmenter:
    """Takes coded frames in order and gives back a segment whenever one is full."""

    def __init__(self, segment_samples: int, priming_samples: int) -> None:
        self._segment_samples = segment_samples
        self._end_samples = priming_samples + segment_samples
        self._start_samples = 0
        self._time_samples = 0
        self._index = 0
        self._frames: list[CodedFrame] = []

    @property
    def coded_samples(self) -> int:
        """Samples taken so far, priming included."""
        return self._time_samples

    def add(self, frame: CodedFrame) -> Segment | None:
        """Take one frame; the segment that it completes, if it completes one."""
        if not frame.payload:
            # FLAC ends with an empty packet that only carries the MD5 of the stream.
            return None
        self._frames.append(frame)
        self._time_samples += frame.duration_samples
        return self._cut() if self._time_samples >= self._end_samples else None

    def finish(self) -> Segment | None:
        """What is left at the end, if anything is."""
        return self._cut() if self._frames else None

    def _cut(self) -> Segment:
        segment = Segment(
            index=self._index,
            duration_samples=self._time_samples - self._start_samples,
            data=media_segment(self._index + 1, self._start_samples, self._frames),
        )
        self._index += 1
        self._start_samples = self._time_samples
        self._end_samples += self._segment_samples
        self._frames = []
        return segment
