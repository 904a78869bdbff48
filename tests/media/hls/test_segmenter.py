from hypothesis import given
from hypothesis import strategies as st

from media.hls.fmp4 import CodedFrame
from media.hls.segmenter import Segment, Segmenter
from tests.media.boxes import decode_time, frame_sizes_and_durations


def cut(durations: list[int], segment_samples: int, priming_samples: int) -> list[Segment]:
    segmenter = Segmenter(segment_samples, priming_samples)
    segments = [segmenter.add(CodedFrame(b"x", duration)) for duration in durations]
    return [segment for segment in [*segments, segmenter.finish()] if segment]


def test_the_first_segment_holds_the_priming_on_top() -> None:
    segments = cut([1_024] * 600, 172 * 1_024, 3 * 1_024)
    assert [s.duration_samples for s in segments] == [
        175 * 1_024,
        172 * 1_024,
        172 * 1_024,
        81 * 1_024,
    ]
    assert [decode_time(s.data) for s in segments] == [0, 179_200, 355_328, 531_456]


def test_aac_and_flac_segments_begin_at_the_same_sample_of_music() -> None:
    aac = cut([1_024] * 683, 176_128, 3_072)
    flac = cut([4_096] * 170, 176_128, 0)
    assert [decode_time(s.data) - 3_072 for s in aac][1:] == [decode_time(s.data) for s in flac][1:]


def test_a_frame_without_bytes_is_no_frame() -> None:
    segmenter = Segmenter(8_192, 0)
    assert segmenter.add(CodedFrame(b"x", 4_096)) is None
    assert segmenter.add(CodedFrame(b"", 4_096)) is None
    assert segmenter.finish() is not None
    assert segmenter.finish() is None


@given(
    st.lists(st.integers(1, 4_608), max_size=200),
    st.integers(1, 20_000),
    st.integers(0, 5_000),
)
def test_no_sample_is_lost_or_moved(durations: list[int], segment: int, priming: int) -> None:
    segments = cut(durations, segment, priming)
    assert [s.index for s in segments] == list(range(len(segments)))
    kept = [d for s in segments for d in frame_sizes_and_durations(s.data)[1]]
    assert kept == durations
    position = 0
    for s in segments:
        assert decode_time(s.data) == position
        position += s.duration_samples
    assert position == sum(durations)
