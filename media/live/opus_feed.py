"""A broadcast as Opus for those who listen by WebRTC: encoded once, handed to all of them.

aiortc would encode for each listener anew, which costs 6 % of a core each; packets that are only
handed on cost 0.3 % (design notes, "Live").
"""

import asyncio
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.packet import Packet

from media.live.sound_line import SAMPLE_RATE_HZ, Sound

FRAME_SAMPLES = SAMPLE_RATE_HZ // 50
BITRATE_BPS = 128_000
MAX_WAITING = 50
"""A second of packets; who takes none for so long loses the oldest."""
_TIME_BASE = Fraction(1, SAMPLE_RATE_HZ)


class Ear(MediaStreamTrack):
    """One listener's end of the feed, as aiortc takes it."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[Any] = asyncio.Queue(MAX_WAITING)
        self.over = asyncio.Event()
        """Set once nothing more comes."""

    async def recv(self) -> Any:
        """The next packet, encoded. Raises `MediaStreamError` at the end."""
        packet = None if self.over.is_set() else await self._packets.get()
        if packet is None:
            raise MediaStreamError
        return packet

    def give(self, packet: Any) -> None:
        """Puts a packet in the queue; in a full one it takes the place of the oldest."""
        if self._packets.full():
            self._packets.get_nowait()
        self._packets.put_nowait(packet)

    def stop(self) -> None:
        """Ends it; twice is fine."""
        super().stop()
        if not self.over.is_set():
            self.over.set()
            self.give(None)


class OpusFeed:
    """The listeners of one broadcast, and the encoder that works while there are any."""

    def __init__(self) -> None:
        self._ears: set[Ear] = set()
        self._encoder: _Encoder | None = None
        self._has_ended = False

    @property
    def has_ears(self) -> bool:
        """Whether anybody listens."""
        return bool(self._ears)

    def attach(self) -> Ear:
        """One more listener; he hears from now on. At the end of the broadcast, so does this."""
        ear = Ear()
        if self._has_ended:
            ear.stop()
        else:
            self._ears.add(ear)
        return ear

    def detach(self, ear: Ear) -> None:
        """One less; twice is fine."""
        ear.stop()
        self._ears.discard(ear)
        if not self._ears:
            self._encoder = None

    def encode(self, sound: Sound) -> list[Any]:
        """The packets that `sound` completes; none while nobody listens. Runs on a thread."""
        if not self._ears:
            return []
        encoder = self._encoder
        if encoder is None:
            encoder = self._encoder = _Encoder()
        return encoder.encode(sound)

    def send(self, packets: list[Any]) -> None:
        """Hands packets to all who listen."""
        for packet in packets:
            for ear in self._ears:
                ear.give(packet)

    def end(self) -> None:
        """The broadcast is over."""
        self._has_ended = True
        for ear in list(self._ears):
            self.detach(ear)


class _Encoder:
    """libopus, in frames of 20 ms."""

    def __init__(self) -> None:
        context = AudioCodecContext.create("libopus", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = SAMPLE_RATE_HZ
        context.layout = "stereo"
        context.format = "s16"
        context.time_base = _TIME_BASE
        context.bit_rate = BITRATE_BPS
        context.options = {"application": "audio", "frame_duration": "20", "vbr": "constrained"}
        context.open()
        self._context = context
        self._rest = np.zeros((0, 2), np.int16)
        self._samples = 0
        self._sent_samples = 0

    def encode(self, sound: Sound) -> list[Any]:
        """The packets that are whole."""
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = sound[whole:]
        packets = []
        for start in range(0, whole, FRAME_SAMPLES):
            piece = np.ascontiguousarray(sound[start : start + FRAME_SAMPLES])
            frame = AudioFrame.from_ndarray(piece.reshape(1, -1), "s16", "stereo")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = self._samples
            frame.time_base = _TIME_BASE
            self._samples += FRAME_SAMPLES
            packets += [self._numbered(packet) for packet in self._context.encode(frame)]
        return packets

    def _numbered(self, coded: Any) -> Any:
        """RTP counts from the first packet; what the encoder says includes its look-ahead."""
        packet = Packet(bytes(coded))
        packet.pts = self._sent_samples
        packet.time_base = _TIME_BASE
        self._sent_samples += FRAME_SAMPLES
        return packet
