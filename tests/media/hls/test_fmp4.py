import av
import pytest

from media.hls.fmp4 import AudioFormat, CodedFrame, codecs_parameter, init_segment, media_segment
from tests.media.boxes import box, boxes, decode_time, frame_sizes_and_durations, number

AAC = AudioFormat("aac", 44_100, 2, b"\x12\x10\x56\xe5\x00", priming_samples=3_072)
FLAC = AudioFormat("flac", 96_000, 2, bytes(range(34)), bits_per_sample=24)


def test_the_init_segment_hides_the_priming_with_an_edit_list() -> None:
    elst = box(init_segment(AAC), "moov/trak/edts/elst")
    entries, duration, media_time, rate = (number(elst, at) for at in (4, 8, 12, 16))
    assert (entries, duration, media_time, rate) == (1, 0, 3_072, 0x0001_0000)


def test_a_rung_without_priming_has_no_edit_list() -> None:
    assert not [path for path, _ in boxes(init_segment(FLAC)) if "edts" in path]


def test_the_track_counts_in_samples() -> None:
    assert number(box(init_segment(AAC), "moov/trak/mdia/mdhd"), 12) == 44_100
    assert number(box(init_segment(FLAC), "moov/trak/mdia/mdhd"), 12) == 96_000


def test_flac_carries_its_streaminfo_as_the_last_block() -> None:
    stsd = box(init_segment(FLAC), "moov/trak/mdia/minf/stbl/stsd")
    at = stsd.index(b"dfLa") + 4
    assert stsd[at : at + 8] == bytes([0, 0, 0, 0, 0x80, 0, 0, 34])
    assert stsd[at + 8 :] == FLAC.config


def test_a_rate_beyond_sixteen_bits_is_left_to_the_codec() -> None:
    stsd = box(init_segment(FLAC), "moov/trak/mdia/minf/stbl/stsd")
    assert number(stsd, stsd.index(b"fLaC") + 4 + 24) == 0


@pytest.mark.parametrize("last_duration", [1_024, 433])
def test_a_media_segment_points_at_its_frames(last_duration: int) -> None:
    frames = [
        CodedFrame(b"one", 1_024),
        CodedFrame(b"second", 1_024),
        CodedFrame(b"3", last_duration),
    ]
    segment = media_segment(7, 5_000_000_000, frames)
    assert number(box(segment, "moof/mfhd"), 4) == 7
    assert decode_time(segment) == 5_000_000_000
    assert frame_sizes_and_durations(segment) == ([3, 6, 1], [1_024, 1_024, last_duration])
    offset = number(box(segment, "moof/traf/trun"), 8)
    assert segment[offset:] == b"onesecond3" == box(segment, "mdat")


def test_ffmpeg_reads_what_was_written() -> None:
    import io

    with av.open(io.BytesIO(init_segment(AAC))) as container:
        stream = container.streams[0]
        assert stream.codec_context.name == "aac"
        assert stream.time_base is not None
        assert stream.time_base.denominator == 44_100


def test_codecs_are_named_as_players_know_them() -> None:
    assert [codecs_parameter("aac"), codecs_parameter("flac")] == ["mp4a.40.2", "fLaC"]
