"""An unbroken line of sound: silence in the place of what is missing, and no drift in a day."""

import numpy as np

from media.live.sound_line import AHEAD_SAMPLES, BEHIND_SAMPLES, SAMPLE_RATE_HZ, Sound, SoundLine

PACKET = 960
PACKET_S = PACKET / SAMPLE_RATE_HZ


def tone(value: int = 1_000, samples: int = PACKET) -> Sound:
    return np.full((samples, 2), value, np.int16)


def test_what_comes_in_time_passes_as_it_is() -> None:
    line = SoundLine(0.0)
    for n in range(100):
        line.add(n * PACKET, tone(n), n * PACKET_S)
    sound = line.take(100 * PACKET_S)
    assert [int(sound[n * PACKET, 0]) for n in range(100)] == list(range(100))
    assert len(sound) == 100 * PACKET
    assert (line.filled_samples, line.dropped_samples) == (0, 0)


def test_a_lost_packet_is_as_much_silence() -> None:
    line = SoundLine(0.0)
    line.add(0, tone(), 0.0)
    line.add(3 * PACKET, tone(), 3 * PACKET_S)
    sound = line.take(4 * PACKET_S)
    assert len(sound) == 4 * PACKET
    assert not sound[PACKET : 3 * PACKET].any()
    assert sound[3 * PACKET :].all()


def test_a_publisher_who_is_gone_is_silence_until_he_is_back() -> None:
    line = SoundLine(0.0)
    line.add(0, tone(), 0.0)
    heard = len(line.take(10.0))
    assert heard == 10 * SAMPLE_RATE_HZ - BEHIND_SAMPLES
    line.restart()
    line.add(123_456_789, tone(), 10.0)
    back = line.take(10.0)
    assert len(back) == PACKET
    assert back.all()


def test_a_burst_after_a_stall_does_not_make_everybody_late() -> None:
    line = SoundLine(0.0)
    for n in range(250):  # five seconds at once, after five seconds of nothing
        line.add(n * PACKET, tone(), 5.0)
    line.take(5.0)
    for n in range(250, 500):
        line.add(n * PACKET, tone(), 5.0)
    assert len(line.take(5.0)) <= BEHIND_SAMPLES + AHEAD_SAMPLES
    assert line.dropped_samples > 0


def test_a_repeated_or_late_packet_is_dropped() -> None:
    line = SoundLine(0.0)
    line.add(0, tone(1), 0.0)
    line.add(PACKET, tone(2), PACKET_S)
    line.add(0, tone(3), PACKET_S)
    assert set(line.take(2 * PACKET_S)[:, 0].tolist()) == {1, 2}


def test_a_clock_that_is_wrong_is_corrected_for_ever() -> None:
    for error in (0.9995, 1.0005):  # 500 ppm: ten times what sound cards do
        line = SoundLine(0.0)
        made, now_s, stamp = 0, 0.0, 0
        while now_s < 3_600:
            for _ in range(50):
                line.add(stamp, tone(), now_s)
                stamp += PACKET
                now_s += PACKET_S * error
            made += len(line.take(now_s))
            late = now_s * SAMPLE_RATE_HZ - made
            assert -AHEAD_SAMPLES - 1 <= late <= BEHIND_SAMPLES + 1
