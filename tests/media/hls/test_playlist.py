from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.hls.playlist import (
    MediaPlaylist,
    MultivariantPlaylist,
    PlaylistSegment,
    Variant,
    duration_ns,
    parse_media,
    parse_multivariant,
    render_media,
    render_multivariant,
    target_duration_s,
)
from rooms.errors import Invalid

uris = st.from_regex(r"[a-z0-9_/]{1,20}\.(m4s|mp4|m3u8)(\?v=[0-9]{1,3})?", fullmatch=True)
media_playlists = st.builds(
    MediaPlaylist,
    init_uri=uris,
    segments=st.lists(
        st.builds(PlaylistSegment, uri=uris, duration_ns=st.integers(0, 10**13)), max_size=20
    ).map(tuple),
    kind=st.sampled_from(["EVENT", "VOD"]),
    has_ended=st.booleans(),
    target_duration_s=st.integers(1, 1_000),
    media_sequence=st.integers(0, 10**9),
)
variants = st.builds(
    Variant,
    uri=uris,
    bandwidth_bps=st.integers(1, 10**8),
    average_bandwidth_bps=st.integers(1, 10**8),
    codecs=st.sampled_from(["mp4a.40.2", "fLaC", "mp4a.40.2,avc1.42E01E"]),
    stable_id=st.sampled_from(["low", "medium", "high", "lossless"]),
)


@given(media_playlists)
def test_a_media_playlist_comes_back_as_it_was(playlist: MediaPlaylist) -> None:
    assert parse_media(render_media(playlist)) == playlist


@given(st.lists(variants, max_size=6))
def test_a_multivariant_playlist_comes_back_as_it_was(listed: list[Variant]) -> None:
    playlist = MultivariantPlaylist(tuple(listed))
    assert parse_multivariant(render_multivariant(playlist)) == playlist


@given(st.text(max_size=300) | st.text(max_size=300).map(lambda text: "#EXTM3U\n" + text))
def test_any_other_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_media, parse_multivariant):
        with suppress(Invalid):
            parse(text)


def test_a_media_playlist_as_players_get_it() -> None:
    playlist = MediaPlaylist(
        init_uri="init.mp4?v=1",
        segments=(
            PlaylistSegment("segment_000.m4s?v=1", duration_ns(179_200, 44_100)),
            PlaylistSegment("segment_001.m4s?v=1", duration_ns(176_128, 44_100)),
        ),
        kind="VOD",
        has_ended=True,
        target_duration_s=4,
    )
    assert render_media(playlist) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init.mp4?v=1"\n'
        "#EXTINF:4.063492063,\n"
        "segment_000.m4s?v=1\n"
        "#EXTINF:3.993832200,\n"
        "segment_001.m4s?v=1\n"
        "#EXT-X-ENDLIST\n"
    )


def test_a_multivariant_playlist_as_players_get_it() -> None:
    playlist = MultivariantPlaylist(
        (Variant("low/playlist.m3u8?v=1", 70_000, 65_000, "mp4a.40.2", "low"),)
    )
    assert render_multivariant(playlist) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=70000,AVERAGE-BANDWIDTH=65000,"
        'CODECS="mp4a.40.2",STABLE-VARIANT-ID="low"\n'
        "low/playlist.m3u8?v=1\n"
    )


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "hello",
        "#EXTM3U\nlonely.m4s\n",
        "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:4\n",
        '#EXTM3U\n#EXT-X-PLAYLIST-TYPE:LIVE\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="i"\n',
        '#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:٤\n#EXT-X-MAP:URI="i"\n',
        '#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="i"\n#EXTINF:4,\n',
        '#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="i"\n#EXTINF:x,\na\n',
    ],
)
def test_a_broken_media_playlist_is_refused(broken: str) -> None:
    with pytest.raises(Invalid):
        parse_media(broken)


def test_durations_are_rounded_to_the_nearest_nanosecond() -> None:
    assert duration_ns(44_100, 44_100) == 1_000_000_000
    assert duration_ns(1, 44_100) == 22_676
    assert duration_ns(1, 3) == 333_333_333
    assert duration_ns(2, 3) == 666_666_667


def test_target_duration_is_the_longest_segment_rounded() -> None:
    assert target_duration_s([3_993_832_200, 4_063_492_063]) == 4
    assert target_duration_s([4_500_000_000]) == 5
    assert target_duration_s([100_000_000]) == 1
