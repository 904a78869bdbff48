"""The window of a broadcast and its playlist."""

from media.live.window import WINDOW_SEGMENTS, LiveSegment, LiveWindow, render_window

RATE_HZ = 48_000


def window_of(*takes: int) -> LiveWindow:
    window = LiveWindow(RATE_HZ)
    for number, take in enumerate(takes):
        window = window.add(LiveSegment(take, number, 48_128, 1_700_000_000_000 + number * 1_003))
    return window


def test_a_short_broadcast_is_listed_whole() -> None:
    assert render_window(window_of(1, 1).end()).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:1",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="1-init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z",
        "#EXTINF:1.002666667,",
        "1-000000.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.003Z",
        "#EXTINF:1.002666667,",
        "1-000001.m4s",
        "#EXT-X-ENDLIST",
    ]


def test_the_window_slides() -> None:
    window = window_of(*[1] * (WINDOW_SEGMENTS + 5))
    assert len(window.segments) == WINDOW_SEGMENTS
    assert window.media_sequence == 5
    assert window.segments[0].index == 5
    assert window.discontinuity_sequence == 0


def test_another_take_is_a_discontinuity_with_its_own_init() -> None:
    text = render_window(window_of(1, 1, 4, 4))
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.index('"1-init.mp4"') < text.index("DISCONTINUITY\n") < text.index('"4-init.mp4"')
    assert "ENDLIST" not in text


def test_a_break_that_has_slid_out_is_counted() -> None:
    takes = [1] * 3 + [2] * WINDOW_SEGMENTS
    assert window_of(*takes).discontinuity_sequence == 1
    assert window_of(*takes[:-1]).discontinuity_sequence == 0
