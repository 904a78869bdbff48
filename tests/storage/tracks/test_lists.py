import pytest

from storage.backends import Pool
from storage.tracks.lists import Order, TrackFilter, TrackLists, conditions, words_of
from storage.tracks.search import TrackSearch
from tests.storage.people import add_track


def test_arguments_are_numbered_as_they_come() -> None:
    where = conditions(TrackFilter(artist="a", min_bpm=90, tags=("x",)))

    assert where.args == ["a", ["x"], 90]
    assert "folded($1)" in where.sql
    assert "@> $2::text[]" in where.sql
    assert "t.bpm >= $3" in where.sql


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  So   What?! ", ["So", "What"]),
        ("...", []),
        ("a" * 100, ["a" * 64]),
        (" ".join("abcdefghijklm"), list("abcdefghij")),
        ("été 夜", ["été", "夜"]),
    ],
)
def test_the_words_of_a_query(text: str, words: list[str]) -> None:
    assert words_of(text) == words


async def test_a_large_total_is_counted_once_in_a_while(pool: Pool) -> None:
    lists = TrackLists(pool, counted_exactly=2)
    for number in range(4):
        await add_track(pool, f"Track {number}")

    first = await lists.page(TrackFilter(), "created_at", "desc", 2, 0)
    await add_track(pool, "One more")
    again = await lists.page(TrackFilter(), "created_at", "desc", 2, 0)
    last = await lists.page(TrackFilter(), "created_at", "desc", 2, 4)

    assert (first.total, again.total) == (4, 4)
    assert last.total == 5, "the last page knows where the list ends"


async def test_equal_keys_do_not_shuffle_pages(pool: Pool) -> None:
    for _ in range(9):
        await add_track(pool, "Same")
    lists = TrackLists(pool)

    orders: tuple[Order, Order] = ("asc", "desc")
    pages = [
        (await lists.page(TrackFilter(), "title", order, 4, offset)).track_ids
        for order in orders
        for offset in (0, 4, 8)
    ]

    up = [track_id for page in pages[:3] for track_id in page]
    down = [track_id for page in pages[3:] for track_id in page]
    assert len(set(up)) == 9
    assert down == up[::-1]


async def test_a_very_common_word_keeps_its_exact_match(pool: Pool) -> None:
    search = TrackSearch(pool, most_matches=3)
    for number in range(8):
        await add_track(pool, f"Love {number}", popularity_score=float(number))
    exact = await add_track(pool, "Love", popularity_score=-1.0)

    found = await search.search("love", TrackFilter(), "relevance", "desc", 10, 0)

    assert found.hits[0].track_id == exact
    assert found.total == 9
    assert len(found.hits) == 4
