"""The demo files as the hub imports them."""

from pathlib import Path

import pytest

from media.child.tags import read_picture, read_tags
from media.demo import synthesise_demo
from media.demo.artwork import draw_cover
from media.demo.pieces import PIECES
from tests.media.children import make_covers, transcode


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return synthesise_demo(tmp_path_factory.mktemp("demo"))


@pytest.mark.slow
def test_there_are_six_pieces_in_two_formats(catalog: list[Path]) -> None:
    assert len(catalog) == len(PIECES) == 6
    assert {path.suffix for path in catalog} == {".flac", ".ogg"}
    assert sum(path.stat().st_size for path in catalog) < 100_000_000


@pytest.mark.slow
def test_every_file_says_what_it_is(catalog: list[Path]) -> None:
    for path, piece in zip(catalog, PIECES, strict=True):
        with path.open("rb") as file:
            tags = read_tags(file)
            picture = read_picture(file)
        assert (tags.title, tags.artist, tags.album) == (piece.title, piece.artist, piece.album)
        assert (tags.genre, tags.year) == (piece.genre, piece.year)
        assert picture == draw_cover(piece)


@pytest.mark.slow
async def test_the_hub_takes_them(catalog: list[Path]) -> None:
    for path in catalog:
        assert (await make_covers(path, is_picture=False)).cover_jpeg is not None
    heard = await transcode(catalog[3])
    assert heard.analysed.loudness.integrated_lufs == pytest.approx(-14.0, abs=0.5)
    assert heard.analysed.loudness.true_peak_dbtp is not None
    assert heard.analysed.loudness.true_peak_dbtp < 0


@pytest.mark.slow
def test_what_is_there_is_not_made_again(catalog: list[Path]) -> None:
    before = [path.stat().st_mtime_ns for path in catalog]
    assert synthesise_demo(catalog[0].parent) == catalog
    assert [path.stat().st_mtime_ns for path in catalog] == before
