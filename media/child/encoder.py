"""Encodes one rung: frames of the source in, init segment and segments out. In the media child.

Counts samples and trusts no timestamp, so a rung is exactly as long as what was decoded.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from media.hls.fmp4 import AudioFormat, CodedFrame, init_segment
from media.hls.segmenter import Segment, Segmenter
from media.transcode.ladder import AAC_PRIMING_SAMPLES, PREROLL_SAMPLES, Rung

AAC_FRAME_SAMPLES = 1_024
_LAYOUTS = {1: "mono", 2: "stereo"}


class RungEncoder:
    """One AAC or FLAC rung of one track."""

    def __init__(self, rung: Rung) -> None:
        self._rung = rung
        self._context = _open(rung)
        self._resampler = AudioResampler(
            format=self._context.format,
            layout=self._context.layout,
            rate=rung.sample_rate_hz,
            frame_size=(AAC_FRAME_SAMPLES if rung.codec == "aac" else rung.flac_frame_samples),
        )
        self._segmenter = Segmenter(rung.segment_samples, rung.priming_samples)
        self._position = -PREROLL_SAMPLES if rung.codec == "aac" else 0

    def init(self) -> bytes:
        """The init segment; known before the first frame."""
        config = self._context.extradata
        assert config is not None  # both encoders set it when they are opened
        return init_segment(
            AudioFormat(
                codec=self._rung.codec,
                sample_rate_hz=self._rung.sample_rate_hz,
                channels=self._rung.channels,
                config=config,
                priming_samples=self._rung.priming_samples,
                bitrate_bps=self._rung.bitrate_bps if self._rung.codec == "aac" else 0,
                bits_per_sample=self._rung.bits_per_sample,
            )
        )

    def encode(self, frame: AudioFrame) -> Iterator[Segment]:
        """Take a frame of the source; the segments that it completes."""
        if self._position < 0:
            yield from self._encode_preroll()
        for piece in self._resampler.resample(frame):
            yield from self._encode(piece)

    def finish(self) -> Iterator[Segment]:
        """The end of the track: the last segments."""
        for piece in self._resampler.resample(None):
            yield from self._encode(piece)
        yield from self._cut(self._context.encode(None))
        if last := self._segmenter.finish():
            yield last

    def _encode_preroll(self) -> Iterator[Segment]:
        silence = np.zeros((self._rung.channels, AAC_FRAME_SAMPLES), np.float32)
        while self._position < 0:
            frame = AudioFrame.from_ndarray(silence, "fltp", self._context.layout.name)
            frame.sample_rate = self._rung.sample_rate_hz
            yield from self._encode(frame)

    def _encode(self, piece: AudioFrame) -> Iterator[Segment]:
        # Without a pts the encoder does not signal its priming (media.md, section 3).
        piece.pts = self._position
        piece.time_base = Fraction(1, self._rung.sample_rate_hz)
        self._position += piece.samples
        yield from self._cut(self._context.encode(piece))

    def _cut(self, packets: "list[av.Packet[Any]]") -> Iterator[Segment]:
        for packet in packets:
            if self._segmenter.coded_samples == 0 and self._rung.codec == "aac":
                assert packet.pts == -AAC_PRIMING_SAMPLES, packet.pts
            frame = CodedFrame(bytes(packet), packet.duration or 0)
            if segment := self._segmenter.add(frame):
                yield segment


def _open(rung: Rung) -> AudioCodecContext:
    context = AudioCodecContext.create(rung.codec, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = rung.sample_rate_hz
    context.layout = _LAYOUTS[rung.channels]
    context.time_base = Fraction(1, rung.sample_rate_hz)
    if rung.codec == "aac":
        context.format = "fltp"
        context.bit_rate = rung.bitrate_bps
        context.options = {"aac_coder": rung.aac_coder}
    else:
        context.format = "s16" if rung.bits_per_sample == 16 else "s32"
        context.options = {"frame_size": str(rung.flac_frame_samples), "compression_level": "5"}
    context.open()
    return context
