"""Decodes one audio stream into frames of one shape, whatever the file does. In the media child.

A file may change its rate or channels half-way, hold broken packets, end in the middle of one, or
be no audio at all: random bytes look enough like MP3 to be tried.
"""

from collections.abc import Iterator

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from media.child.messages import Limits
from media.child.probe import Probed, check_length, check_whole
from media.child.refusal import Refused
from media.transcode.ladder import Source

GOOD_SHARE = 0.9
"""At least this share of the packets must be sound."""
_JUDGED_AFTER_PACKETS = 50
_SHORTEST_MS = 100


def decode(probed: Probed, limits: Limits) -> Iterator[AudioFrame]:
    """Every sample of the recording in order, as mono or stereo at the rate of the source.

    `pts` counts samples from 0, without holes: what timestamps the file has are not trusted.

    Raises:
        Refused: too much of it is broken or missing, or it is longer than allowed.
    """
    source = probed.source
    shape = _Shape(source)
    decoded_samples = 0
    for frame in _frames(probed):
        for shaped in shape.fit(frame):
            shaped.pts = decoded_samples
            decoded_samples += shaped.samples
            check_length(decoded_samples, source, limits)
            yield shaped
    decoded_ms = decoded_samples * 1_000 // source.sample_rate_hz
    if decoded_ms < _SHORTEST_MS:
        raise Refused("The file holds less than a tenth of a second of sound.")
    check_whole(probed, decoded_ms)


def is_longer_than(probed: Probed, allowed_ms: int) -> bool:
    """True when there is more than `allowed_ms` of sound in the file; decodes no further than that.

    Two hundred times as fast as working through it; but the file has to be opened anew for that.
    """
    limit_samples = allowed_ms * probed.source.sample_rate_hz // 1_000
    decoded_samples = 0
    for frame in _frames(probed):
        decoded_samples += frame.samples * probed.source.sample_rate_hz // frame.sample_rate
        if decoded_samples > limit_samples:
            return True
    return False


def _frames(probed: Probed) -> Iterator[AudioFrame]:
    """What the decoder makes of each packet; refuses when too many make nothing but errors."""
    good = bad = 0
    packets = probed.container.demux(probed.stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            # The file ends in the middle of something: what came before it is still sound.
            break
        if packet is None:
            break
        try:
            frames = packet.decode()
        except av.FFmpegError:
            bad += 1
        else:
            good += 1
            for frame in frames:
                assert isinstance(frame, AudioFrame)
                yield frame
        if bad and good + bad >= _JUDGED_AFTER_PACKETS and good < GOOD_SHARE * (good + bad):
            raise _mostly_noise(good, bad)
    if bad and good < GOOD_SHARE * (good + bad):
        raise _mostly_noise(good, bad)


def _mostly_noise(good: int, bad: int) -> Refused:
    return Refused(
        f"{100 * bad // (good + bad)} % of the file cannot be decoded: it is damaged or not audio "
        "at all."
    )


class _Shape:
    """Makes frames alike: format of the first one, rate of the source, mono or stereo."""

    def __init__(self, source: Source) -> None:
        self._rate_hz = source.sample_rate_hz
        self._layout = "mono" if source.channels == 1 else "stereo"
        self._format = ""
        self._key: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def fit(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        key = (frame.format.name, frame.layout.name, frame.sample_rate)
        if key != self._key:
            yield from self._drain()
            self._take(key)
        if self._resampler is None:
            yield frame
        else:
            frame.pts = None
            yield from self._resampler.resample(frame)

    def _take(self, key: tuple[str, str, int]) -> None:
        self._key = key
        self._format = self._format or key[0]
        if key == (self._format, self._layout, self._rate_hz):
            self._resampler = None
        else:
            self._resampler = AudioResampler(self._format, self._layout, self._rate_hz)

    def _drain(self) -> Iterator[AudioFrame]:
        if self._resampler is not None:
            yield from self._resampler.resample(None)
            self._resampler = None
