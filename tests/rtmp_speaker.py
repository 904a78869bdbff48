"""A publisher that is nothing but PyAV: a tone as AAC in FLV, in real time, over RTMP."""

import time

import av
import numpy as np
from av.audio.frame import AudioFrame

RATE_HZ = 48_000
FRAME = 1_024


def speak(url: str, frequency_hz: float) -> None:
    """Sends until it is ended or cut off; the latter raises."""
    start_s = time.monotonic()
    with av.open(url, "w", format="flv") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        stream.bit_rate = 128_000
        sent = 0
        while True:
            # pace: of sound
            time.sleep(max(0.0, start_s + sent / RATE_HZ - time.monotonic()))
            container.mux(stream.encode(tone(frequency_hz, sent)))
            sent += FRAME


def tone(frequency_hz: float, start: int) -> AudioFrame:
    """A frame of a sine, from its sample `start` on."""
    at = (np.arange(FRAME) + start) / RATE_HZ
    wave = (np.sin(2 * np.pi * frequency_hz * at) * 0.4).astype(np.float32)
    frame = AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate = RATE_HZ
    frame.pts = start
    return frame
