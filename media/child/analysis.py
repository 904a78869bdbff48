"""Listens to the whole track once: loudness, true peak, waveform. Runs in the media child."""

from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from msgspec import json
from numpy.typing import NDArray

from media.child.loudness import Loudness, read_loudness
from media.child.messages import Analysed
from media.child.peaks import PeakMeter

_BLOCK_SAMPLES = 16_384
"""Large blocks: numpy and the filter cost per call, not per sample."""


class Analyst:
    """Takes the track's frames in order (mono or stereo, one rate)."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        layout = "mono" if channels == 1 else "stereo"
        self._channels = min(channels, 2)
        self._to_float = AudioResampler("fltp", layout, sample_rate_hz, _BLOCK_SAMPLES)
        self._peaks = PeakMeter(sample_rate_hz)
        self._meter = _LoudnessMeter(sample_rate_hz, layout)

    def add(self, frame: AudioFrame) -> None:
        """Take the next frame."""
        for block in self._to_float.resample(frame):
            self._take(block)

    def finish(self) -> Analysed:
        """What was found; nothing can be added after it."""
        for block in self._to_float.resample(None):
            self._take(block)
        loudness = read_loudness(self._meter.finish(), self._channels)
        return Analysed(_rounded(loudness), json.encode(self._peaks.waveform()))

    def _take(self, block: AudioFrame) -> None:
        self._peaks.add(cast("NDArray[np.float32]", block.to_ndarray()))  # fltp is float32
        self._meter.add(block)


class _LoudnessMeter:
    """FFmpeg's `ebur128` filter, which writes what it knows into the metadata of each frame."""

    def __init__(self, sample_rate_hz: int, layout: str) -> None:
        graph = av.filter.Graph()
        source = graph.add_abuffer(format="fltp", sample_rate=sample_rate_hz, layout=layout)
        meter = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
        sink = graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        self._graph = graph
        self._metadata: dict[str, str] = {}

    def add(self, block: AudioFrame) -> None:
        self._graph.push(block)
        self._pull()

    def finish(self) -> dict[str, str]:
        self._graph.push(None)
        self._pull()
        return self._metadata

    def _pull(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            # The values are of the whole track so far; only the last ones matter.
            self._metadata = dict(frame.metadata) or self._metadata


def _rounded(loudness: Loudness) -> Loudness:
    return Loudness(
        integrated_lufs=_round(loudness.integrated_lufs),
        range_lu=_round(loudness.range_lu),
        true_peak_dbtp=_round(loudness.true_peak_dbtp),
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
