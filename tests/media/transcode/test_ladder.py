import pytest

from media.transcode.ladder import SEGMENT_SAMPLES, Rung, Source, ladder_for


def source(
    codec: str = "flac",
    *,
    rate_hz: int = 44_100,
    channels: int = 2,
    bitrate_bps: int = 900_000,
    bits: int = 16,
) -> Source:
    return Source("any", codec, rate_hz, channels, bitrate_bps, bits)


def names(rungs: tuple[Rung, ...]) -> list[str]:
    return [rung.name for rung in rungs]


@pytest.mark.parametrize(
    ("codec", "bitrate_bps", "expected"),
    [
        ("flac", 900_000, ["low", "medium", "high", "lossless"]),
        ("flac", 300, ["low", "medium", "high", "lossless"]),
        ("pcm_s16le", 1_411_200, ["low", "medium", "high", "lossless"]),
        ("alac", 800_000, ["low", "medium", "high", "lossless"]),
        ("pcm_mulaw", 128_000, ["low", "medium"]),
        ("mp3", 320_000, ["low", "medium", "high"]),
        ("mp3", 256_000, ["low", "medium", "high"]),
        ("mp3", 192_000, ["low", "medium"]),
        ("mp3", 127_400, ["low", "medium"]),
        ("vorbis", 112_000, ["low", "medium"]),
        ("mp3", 80_000, ["low"]),
        ("opus", 24_000, ["low"]),
        ("mp3", 0, ["low", "medium", "high"]),
    ],
)
def test_no_rung_lies_above_its_source(codec: str, bitrate_bps: int, expected: list[str]) -> None:
    assert names(ladder_for(source(codec, bitrate_bps=bitrate_bps))) == expected


@pytest.mark.parametrize(
    ("source_hz", "aac_hz", "flac_hz"),
    [
        (44_100, 44_100, 44_100),
        (48_000, 48_000, 48_000),
        (96_000, 48_000, 96_000),
        (88_200, 44_100, 88_200),
        (192_000, 48_000, 192_000),
        (176_400, 44_100, 176_400),
        (22_050, 22_050, 22_050),
        (8_000, 8_000, 8_000),
        (37_800, 44_100, 44_100),
    ],
)
def test_all_rungs_keep_one_clock(source_hz: int, aac_hz: int, flac_hz: int) -> None:
    *aac, flac = ladder_for(source(rate_hz=source_hz))
    assert {rung.sample_rate_hz for rung in aac} == {aac_hz}
    assert flac.sample_rate_hz == flac_hz
    assert flac_hz % aac_hz == 0


@pytest.mark.parametrize(
    "source_hz", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 192_000]
)
def test_segments_of_all_rungs_end_together_on_whole_frames(source_hz: int) -> None:
    rungs = ladder_for(source(rate_hz=source_hz))
    lengths_s = {rung.segment_samples / rung.sample_rate_hz for rung in rungs}
    assert len(lengths_s) == 1
    assert 3.6 < lengths_s.pop() < 5.6
    for rung in rungs:
        frame = 1_024 if rung.codec == "aac" else rung.flac_frame_samples
        assert rung.segment_samples % frame == 0
        assert rung.priming_samples % 1_024 == 0


def test_usual_rates_are_cut_at_176128_samples() -> None:
    for rate_hz in (44_100, 48_000):
        rungs = ladder_for(source(rate_hz=rate_hz))
        assert {rung.segment_samples for rung in rungs} == {SEGMENT_SAMPLES} == {172 * 1_024}
        assert rungs[-1].flac_frame_samples == 4_096


def test_flac_frames_stay_within_the_streamable_subset() -> None:
    # RFC 9639 §7: at most 4,608 samples up to 48 kHz, 16,384 above.
    for rate_hz in (8_000, 22_050, 44_100, 48_000, 88_200, 96_000, 192_000):
        flac = ladder_for(source(rate_hz=rate_hz))[-1]
        assert flac.flac_frame_samples <= (4_608 if rate_hz <= 48_000 else 16_384)


def test_surround_becomes_stereo_and_has_no_lossless_rung() -> None:
    rungs = ladder_for(source(channels=6))
    assert names(rungs) == ["low", "medium", "high"]
    assert {rung.channels for rung in rungs} == {2}


def test_rungs_that_aac_cannot_carry_are_left_out() -> None:
    # 6,144 bits per channel and frame: 48 kbit/s for mono at 8 kHz.
    assert names(ladder_for(source(rate_hz=8_000, channels=1))) == ["low", "lossless"]
    assert names(ladder_for(source(rate_hz=22_050, channels=1))) == ["low", "medium", "lossless"]


def test_a_source_of_24_bits_keeps_them_in_the_lossless_rung() -> None:
    assert ladder_for(source(bits=24))[-1].bits_per_sample == 24
