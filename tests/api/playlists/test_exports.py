"""Playlists as files: what other programs read in them, and what they must not be made to do."""

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.playlists.files import SavedPlaylist, SavedTrack, as_csv, as_json, as_m3u
from tests.api.conftest import Caller, Door

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
tracks = st.builds(
    SavedTrack,
    id=st.uuids().map(str),
    title=texts,
    artist=st.none() | texts,
    duration_seconds=st.none() | st.integers(0, 100_000),
    url=st.just("https://hub.example.org/api/v1/tracks/x/hls/master.m3u8"),
)
playlists = st.builds(
    SavedPlaylist,
    name=texts,
    description=st.none() | texts,
    tracks=st.lists(tracks, max_size=5).map(tuple),
)


def cells(exported: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exported.decode(), newline="")))


@given(playlists)
def test_json_keeps_everything(playlist: SavedPlaylist) -> None:
    assert msgspec.json.decode(as_json(playlist), type=SavedPlaylist) == playlist


@given(playlists)
def test_no_cell_of_a_csv_is_a_formula_and_none_is_lost(playlist: SavedPlaylist) -> None:
    head, *rows = cells(as_csv(playlist))
    assert head[:3] == ["position", "title", "artist"]
    assert len(rows) == len(playlist.tracks)
    for row, track in zip(rows, playlist.tracks, strict=True):
        assert row[1].removeprefix("'") == track.title.removeprefix("'")
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@given(playlists)
def test_an_m3u_has_two_lines_a_track_whatever_their_titles_hold(playlist: SavedPlaylist) -> None:
    lines = as_m3u(playlist).decode().removesuffix("\n").split("\n")
    assert len(lines) == 2 + 2 * len(playlist.tracks)
    assert all(line.startswith("#EXTINF:") for line in lines[2::2])
    assert lines[3::2] == [track.url for track in playlist.tracks]


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer()


async def test_a_playlist_is_exported_with_what_the_caller_may_hear(
    door: Door, alice: Caller
) -> None:
    bob = await door.newcomer()
    titles = ['=HYPERLINK("x")', "Two\u00a0words"]
    shown = [await door.add_track(alice, title=t, artist="Ada", duration=61) for t in titles]
    hidden = await door.add_track(alice, title="Demo", is_public=False)
    made = (await alice.post("/playlists", {"name": "Frühling 24"})).data["id"]
    await alice.post(f"/playlists/{made}/tracks", {"track_ids": [*shown, hidden]})

    url = f"/api/v1/playlists/{made}/export"
    auth = {"Authorization": f"Bearer {bob.token}"}
    async with door.client.get(f"{url}/json", headers=auth) as response:
        saved = msgspec.json.decode(await response.read(), type=SavedPlaylist)
        assert response.content_type == "application/json"
        assert "filename*=UTF-8''Fr%C3%BChling%2024.json" in response.headers["Content-Disposition"]
    assert [track.id for track in saved.tracks] == shown
    assert saved.tracks[0].url.endswith(f"/api/v1/tracks/{shown[0]}/hls/master.m3u8")
    async with door.client.get(f"{url}/csv", headers=auth) as response:
        assert response.content_type == "text/csv"
        assert cells(await response.read())[1][1:4] == [f"'{titles[0]}", "Ada", "61"]
    async with door.client.get(f"{url}/m3u", headers=auth) as response:
        lines = (await response.text()).split("\n")
        assert lines[0] == "#EXTM3U"
        assert lines[2] == f"#EXTINF:61,Ada - {titles[0]}"

    await alice.put(f"/playlists/{made}", {"is_public": False})
    async with door.client.get(f"{url}/csv", headers=auth) as response:
        assert response.status == 404
