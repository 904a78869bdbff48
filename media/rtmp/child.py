"""Reads a broadcast from the RTMP server and decodes its sound. In the media child."""

import time
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from media.child.messages import MAX_HEARD_SAMPLES, Ended, Message, PullRequest, SoundHeard
from media.child.refusal import Refused
from media.live.sound_line import SAMPLE_RATE_HZ
from media.rtmp.stamps import Stamps

AGAIN_S = 0.25
MAX_BROKEN_PACKETS = 50
"""One after the other; then it is no sound that can be decoded."""
AHEAD_S = 1.0

NOT_THERE = "NOT_THERE"
NO_SOUND = "NO_SOUND"

_OPTIONS = {
    "rtmp_live": "live",
    "protocol_whitelist": "rtmp,rtmps,tls,tcp",
    "format_whitelist": "flv,live_flv",
    # OBS sends AAC, other programs MP3. Pictures are nobody's business here.
    "codec_whitelist": "aac,mp3,mp3float",
    "fflags": "nobuffer",
    # Otherwise FFmpeg waits for a picture that a radio show does not have.
    "analyzeduration": "100000",
    "probesize": "65536",
}


def pull(request: PullRequest, send: Callable[[Message], None]) -> None:
    """Sends what is heard until the broadcast ends.

    Raises:
        Refused: NOT_THERE, the server has no such broadcast; NO_SOUND, it cannot be decoded.
    """
    container, stream = _open(request)
    with container:
        try:
            _hear(container, stream, send)
        except (av.FFmpegError, OSError):
            # The name of the error holds the address, and that the key of the broadcaster.
            send(Ended())
        else:
            send(Ended())


def _open(request: PullRequest) -> tuple[InputContainer, AudioStream]:
    """The broadcast, as soon as the server has it and it has sound."""
    deadline_s = time.monotonic() + request.within_ms / 1_000
    refused = Refused("The RTMP server has no such broadcast.", NOT_THERE)
    while (left_s := deadline_s - time.monotonic()) > 0:
        try:
            container = av.open(request.url, "r", options=_OPTIONS, timeout=(left_s, None))
        except (av.FFmpegError, OSError):
            time.sleep(AGAIN_S)
            continue
        if container.streams.audio:
            return container, container.streams.audio[0]
        container.close()
        refused = Refused("The broadcast has no sound.", NO_SOUND)
    raise refused from None


def _hear(container: InputContainer, stream: AudioStream, send: Callable[[Message], None]) -> None:
    sound = _Resampled()
    pace = _Pace()
    stamps = Stamps()
    broken = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            broken += 1
            if broken > MAX_BROKEN_PACKETS:
                raise Refused("The sound cannot be decoded.", NO_SOUND) from None
            continue
        broken = 0
        for frame in frames:
            at_ms = None if frame.time is None else round(frame.time * 1_000)
            for data in sound.of(frame):
                samples = len(data) // 4
                send(SoundHeard(stamps.place(at_ms, samples), data))
                pace.keep(samples)
                at_ms = None


class _Resampled:
    """Whatever comes as 16-bit stereo at 48 kHz."""

    def __init__(self) -> None:
        self._kind: tuple[Any, ...] = ()
        self._resampler: AudioResampler | None = None

    def of(self, frame: AudioFrame) -> list[bytes]:
        """The same sound in messages of at most half a second."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or kind != self._kind:
            # Some programs change their format when they reconnect.
            self._kind = kind
            self._resampler = AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE_HZ)
        frame.pts = None
        pieces = [
            np.asarray(f.to_ndarray()).reshape(-1, 2) for f in self._resampler.resample(frame)
        ]
        return [
            piece[start : start + MAX_HEARD_SAMPLES].tobytes()
            for piece in pieces
            for start in range(0, len(piece), MAX_HEARD_SAMPLES)
        ]


class _Pace:
    """Never reads much faster than sound is made: a publisher who floods is slowed to double."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self._samples = 0

    def keep(self, samples: int) -> None:
        """Sleeps when so many more samples are too many by now."""
        self._samples += samples
        ahead_s = self._samples / SAMPLE_RATE_HZ - (time.monotonic() - self._start_s)
        if ahead_s > AHEAD_S:
            time.sleep(samples / SAMPLE_RATE_HZ / 2)
