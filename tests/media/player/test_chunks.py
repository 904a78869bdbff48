"""Chunks and milliseconds, and the rungs a client gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.player.chunks import Timeline, fixed_rung, playable_rungs, timeline_of
from storage.uploads.media_facts import RungFacts

timelines = st.builds(
    Timeline,
    segment_samples=st.sampled_from([44_032, 88_064, 176_128]),
    sample_rate_hz=st.sampled_from([8_000, 22_050, 44_100, 48_000]),
    count=st.integers(1, 2_000),
    duration_ms=st.just(0),
).flatmap(
    lambda t: st.integers(t.start_ms(t.count - 1), t.start_ms(t.count)).map(
        lambda ms: Timeline(t.segment_samples, t.sample_rate_hz, t.count, ms)
    )
)


def rung(name: str, bitrate_bps: int, codecs: str = "mp4a.40.2", segments: int = 3) -> RungFacts:
    codec = "flac" if codecs == "fLaC" else "aac"
    return RungFacts(name, codec, codecs, bitrate_bps, 44_100, 2, 3_072, 176_128, segments, 1)


LOSSLESS = rung("lossless", 900_000, "fLaC")
LADDER = (rung("low", 64_000), rung("medium", 128_000), rung("high", 256_000), LOSSLESS)


@given(timelines, st.data())
def test_the_chunk_at_a_chunks_start_is_that_chunk(timeline: Timeline, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, timeline.count - 1))
    assert timeline.index_at(timeline.start_ms(index)) == index


@given(timelines, st.data())
def test_a_position_lies_within_its_chunk(timeline: Timeline, data: st.DataObject) -> None:
    position_ms = data.draw(st.integers(0, max(timeline.duration_ms - 1, 0)))
    index = timeline.index_at(position_ms)
    assert 0 <= index < timeline.count
    # Starts are rounded up: within a ms before it the position may belong to the chunk already.
    assert timeline.start_ms(index) - 1 <= position_ms
    assert index == timeline.count - 1 or position_ms < timeline.start_ms(index + 1)


@given(timelines)
def test_lengths_add_up_to_the_duration(timeline: Timeline) -> None:
    total_ms = sum(timeline.length_ms(index) for index in range(timeline.count))
    assert total_ms == timeline.duration_ms
    assert [i for i in range(timeline.count) if timeline.is_last(i)] == [timeline.count - 1]


def test_all_rungs_share_the_timeline_of_the_shortest() -> None:
    longer = rung("low", 64_000, segments=4)
    assert timeline_of((longer, LOSSLESS), 10_000) == Timeline(176_128, 44_100, 3, 10_000)
    assert timeline_of(LADDER, 10_000).chunk_ms == 3_994


def test_a_client_gets_the_rungs_it_can_decode() -> None:
    assert playable_rungs(LADDER, None) == LADDER
    assert LOSSLESS not in playable_rungs(LADDER, ("mp4a.40.2",))
    assert playable_rungs(LADDER, ("FLAC",)) == (LOSSLESS,)
    assert playable_rungs(LADDER, ("opus",)) == ()


@pytest.mark.parametrize(
    ("quality", "name"),
    [("low", "low"), ("medium", "medium"), ("high", "high"), ("lossless", "lossless")],
)
def test_a_quality_is_a_rung(quality: str, name: str) -> None:
    index = fixed_rung(LADDER, quality)  # type: ignore[arg-type] # parametrised with the literals
    assert index is not None
    assert LADDER[index].name == name


def test_a_quality_that_a_track_does_not_have_is_the_next_lower_one() -> None:
    assert fixed_rung(LADDER[:2], "lossless") == 1
    assert fixed_rung((LOSSLESS,), "low") == 0
    assert fixed_rung(LADDER, "auto") is None


def test_silence_in_flac_is_smaller_than_aac_and_still_lossless() -> None:
    quiet = rung("lossless", 9_000, "fLaC")
    rungs = playable_rungs((*LADDER[:3], quiet), None)
    assert rungs[0] is quiet
    assert fixed_rung(rungs, "lossless") == 0
    assert fixed_rung(rungs, "high") == 3
