"""One encoder for all who listen by WebRTC: what comes in goes out, in packets of 20 ms."""

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from hypothesis import given, settings
from hypothesis import strategies as st

from media.live.opus_feed import FRAME_SAMPLES, MAX_WAITING, OpusFeed


def tone(samples: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    wave = np.sin(2 * np.pi * 440 * np.arange(samples) / 48_000) * 12_000
    return np.repeat(wave.astype(np.int16), 2).reshape(-1, 2)


async def test_nothing_is_encoded_while_nobody_listens() -> None:
    feed = OpusFeed()
    assert feed.encode(tone(48_000)) == []
    ear = feed.attach()
    assert feed.has_ears
    assert len(feed.encode(tone(48_000))) >= 49
    feed.detach(ear)
    assert not feed.has_ears
    assert feed.encode(tone(48_000)) == []


@settings(max_examples=20)
@given(st.lists(st.integers(0, 5_000), max_size=20))
def test_pieces_of_any_length_become_frames_without_a_gap(lengths: list[int]) -> None:
    async def encode() -> list[int]:
        feed = OpusFeed()
        feed.attach()
        return [packet.pts for n in lengths for packet in feed.encode(tone(n))]

    numbers = asyncio.run(encode())
    assert numbers == [FRAME_SAMPLES * number for number in range(len(numbers))]
    assert len(numbers) <= sum(lengths) // FRAME_SAMPLES
    assert len(numbers) >= sum(lengths) // FRAME_SAMPLES - 1


async def test_who_takes_nothing_loses_the_oldest() -> None:
    feed = OpusFeed()
    slow, quick = feed.attach(), feed.attach()
    sent = 0
    for _ in range(MAX_WAITING + 10):
        packets = feed.encode(tone(FRAME_SAMPLES))
        feed.send(packets)
        for _packet in packets:
            assert (await quick.recv()).pts == FRAME_SAMPLES * sent
            sent += 1
    assert (await slow.recv()).pts == FRAME_SAMPLES * (sent - MAX_WAITING)


async def test_the_end_of_a_broadcast_ends_everybody() -> None:
    feed = OpusFeed()
    ear = feed.attach()
    waiting = asyncio.create_task(ear.recv())
    await asyncio.sleep(0)
    feed.end()
    with pytest.raises(MediaStreamError):
        await waiting
    assert ear.over.is_set()
    late = feed.attach()
    with pytest.raises(MediaStreamError):
        await late.recv()
