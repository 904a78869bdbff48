"""The recording of a broadcast: every take, one after the other, as one file that decodes."""

import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from media.live.live import LIVE_RUNG, Take
from media.live.recording import recording_of
from media.live.sound_line import SAMPLE_RATE_HZ
from media.live.window import init_key, segment_key
from storage.objects.files import FileObjects
from storage.objects.objects import ObjectStore

LIVE_ID = "0198c6f2-0000-7000-8000-000000000001"


async def store_take(objects: ObjectStore, number: int, frequency_hz: float, seconds: int) -> int:
    """Stores a tone as a take; returns how many segments it has."""
    take = Take(0.0, 0)
    at = np.arange(seconds * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    wave = (np.sin(2 * np.pi * frequency_hz * at) * 12_000).astype(np.int16)
    segments = [*take.encode(np.stack([wave, wave], axis=1)), *take.finish()]
    await objects.put(init_key(LIVE_ID, number), take.init())
    for segment in segments:
        await objects.put(segment_key(LIVE_ID, number, segment.index), segment.data)
    return len(segments)


async def recorded(objects: ObjectStore, last_publication: int) -> bytes:
    return b"".join([piece async for piece in recording_of(objects, LIVE_ID, last_publication)])


async def test_takes_follow_each_other_without_a_hole(tmp_path: Path) -> None:
    async with FileObjects.open(tmp_path) as objects:
        assert await store_take(objects, 2, 440.0, 3) == 3
        await store_take(objects, 5, 880.0, 2)
        body = await recorded(objects, 6)
    with av.open(io.BytesIO(body), "r") as container:
        frames = list(container.decode(audio=0))
    starts = [frame.pts for frame in frames if frame.pts is not None]
    assert all(after - before == 1_024 for before, after in pairwise(starts))
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    expected = 5 * SAMPLE_RATE_HZ
    assert abs(len(sound) - expected) <= 2 * LIVE_RUNG.priming_samples
    for at_s, frequency_hz in ((1.0, 440.0), (4.0, 880.0)):
        start = int(at_s * SAMPLE_RATE_HZ)
        piece = sound[start : start + SAMPLE_RATE_HZ // 2]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
        assert abs(np.argmax(spectrum) * SAMPLE_RATE_HZ / len(piece) - frequency_hz) < 5


async def test_a_broadcast_without_sound_is_nothing(tmp_path: Path) -> None:
    async with FileObjects.open(tmp_path) as objects:
        assert await recorded(objects, 3) == b""
