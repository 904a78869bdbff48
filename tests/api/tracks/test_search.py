from typing import Any

import pytest

from tests.api.conftest import Answer, Caller, Door

PEOPLE: list[dict[str, Any]] = [
    {"title": "Midnight", "artist": "Ann", "genre": "Ambient", "bpm": 90, "tags": ["night"]},
    {"title": "Midnight Dreams", "artist": "Bob", "genre": "Ambient", "bpm": 110},
    {"title": "Dreaming", "artist": "Midnight", "genre": "House", "bpm": 119},
    {"title": "Sunrise", "artist": "The Midnight Band", "genre": "House", "bpm": 128},
    {"title": "Late", "artist": "Eve", "tags": ["midnight"]},
    {"title": "Slow", "artist": "Eve", "description": "Recorded at midnight."},
    {"title": "Other", "artist": "Eve", "album": "Midnight Tales"},
    {"title": "Unrelated", "artist": "Zed", "genre": "Rock"},
    {"title": "Été à la plage", "artist": "Zaz", "genre": "Pop"},
]


@pytest.fixture
async def alice(door: Door) -> Caller:
    alice = await door.newcomer(username="alice", display_name="Alice")
    for place, columns in enumerate(PEOPLE):
        await door.add_track(alice, popularity_score=float(place), **columns)
    return alice


async def search(door: Door, **query: object) -> Answer:
    answer = await door.stranger.get("/tracks/search", params={k: str(v) for k, v in query.items()})
    assert answer.status == 200, answer.body
    return answer


async def titles(door: Door, **query: object) -> list[str]:
    return [result["title"] for result in (await search(door, **query)).data["results"]]


async def test_where_it_matched_makes_the_score(door: Door, alice: Caller) -> None:
    answer = await search(door, q="midnight")

    assert answer.body["message"] == "Search completed successfully"
    assert answer.data["query"] == "midnight"
    assert answer.data["total_results"] == 7
    assert answer.data["search_time_ms"] >= 0
    found = [(r["title"], r["score"], r["match_reasons"]) for r in answer.data["results"]]
    assert found == [
        ("Midnight", 1.0, ["title_exact"]),
        ("Dreaming", 0.9, ["artist_exact"]),
        ("Midnight Dreams", 0.8, ["title_partial"]),
        ("Sunrise", 0.75, ["artist_partial"]),
        ("Late", 0.7, ["tags_match"]),
        ("Slow", 0.6, ["description"]),
        ("Other", 0.4, ["metadata"]),
    ]


async def test_a_second_reason_adds_to_the_score(door: Door, alice: Caller) -> None:
    await door.add_track(alice, title="Night Drive", artist="Ann", tags=["night"])

    (first, *_) = (await search(door, q="night")).data["results"]

    assert (first["title"], first["score"]) == ("Night Drive", 0.95)
    assert first["match_reasons"] == ["title_partial", "tags_match"]


async def test_words_of_title_and_artist_together(door: Door, alice: Caller) -> None:
    (first, *_) = (await search(door, q="bob dreams")).data["results"]

    assert first["title"] == "Midnight Dreams"
    assert (first["score"], first["match_reasons"]) == (0.78, ["title_artist"])


async def test_a_word_need_only_be_begun(door: Door, alice: Caller) -> None:
    assert await titles(door, q="dream") == ["Dreaming", "Midnight Dreams"]
    assert await titles(door, q="MIDNIGHT DREA") == ["Midnight Dreams", "Dreaming"]


async def test_accents_do_not_matter(door: Door, alice: Caller) -> None:
    answer = await search(door, q="ete")

    (result,) = answer.data["results"]
    assert result["title"] == "Été à la plage"
    assert result["highlighted"]["title"] == "<em>Été</em> à la plage"


@pytest.mark.parametrize(
    ("q", "title"), [("midnihgt", "Midnight"), ("sunrize", "Sunrise"), ("unrelatd", "Unrelated")]
)
async def test_a_slip_of_the_pen_is_forgiven(door: Door, alice: Caller, q: str, title: str) -> None:
    data = (await search(door, q=q)).data

    assert title in {result["title"] for result in data["results"]}
    assert title in data["suggestions"]
    first = data["results"][0]
    assert 0.6 <= first["score"] <= 0.72
    assert first["match_reasons"][0] in ("title_fuzzy", "artist_fuzzy")


async def test_a_result_has_the_fields_of_the_contract(door: Door, alice: Caller) -> None:
    (result,) = (await search(door, q="midnight dreams")).data["results"]

    assert set(result) == {
        "id", "uuid", "title", "artist", "score", "match_reasons", "highlighted",
        "duration_seconds", "genre", "bpm", "key", "thumbnail_url", "stream_url", "uploader",
        "stats",
    }  # fmt: skip
    assert result["highlighted"] == {
        "title": "<em>Midnight</em> <em>Dreams</em>",
        "artist": "Bob",
        "tags": [],
    }
    assert result["uploader"] == {
        "id": alice.user["seq_id"],
        "uuid": alice.user["id"],
        "username": "alice",
        "display_name": "Alice",
    }
    assert result["stats"] == {"plays": 0, "likes": 0}


async def test_a_highlight_is_safe_html(door: Door, alice: Caller) -> None:
    await door.add_track(alice, title="<script>alert('xyzzy')</script>", tags=["<b>xyzzy</b>"])

    (result,) = (await search(door, q="xyzzy")).data["results"]

    assert result["highlighted"]["title"] == (
        "&lt;script&gt;alert(&#x27;<em>xyzzy</em>&#x27;)&lt;/script&gt;"
    )
    assert result["highlighted"]["tags"] == ["&lt;b&gt;<em>xyzzy</em>&lt;/b&gt;"]


async def test_facets_count_all_results(door: Door, alice: Caller) -> None:
    data = (await search(door, q="midnight", limit=1)).data

    assert len(data["results"]) == 1
    assert data["facets"]["genres"] == [
        {"name": "Ambient", "count": 2},
        {"name": "House", "count": 2},
    ]
    assert data["facets"]["artists"][0] == {"name": "Eve", "count": 3}
    assert data["facets"]["bpm_ranges"] == [
        {"range": "80-100", "count": 1},
        {"range": "100-120", "count": 2},
        {"range": "120-140", "count": 1},
    ]
    assert "Ambient" in data["related_searches"]


async def test_filters_narrow_a_search(door: Door, alice: Caller) -> None:
    assert await titles(door, q="midnight", genre="house") == ["Dreaming", "Sunrise"]
    assert await titles(door, q="midnight", bpm_min=100, bpm_max=115) == ["Midnight Dreams"]
    assert await titles(door, q="midnight", artist="ann") == ["Midnight"]
    assert await titles(door, q="midnight", tags="night") == ["Midnight"]
    assert await titles(door, q="midnight", license="Public Domain") == []


async def test_filters_alone_are_a_search(door: Door, alice: Caller) -> None:
    data = (await search(door, genre="House", sort="title", order="asc")).data

    assert [result["title"] for result in data["results"]] == ["Dreaming", "Sunrise"]
    assert data["total_results"] == 2


async def test_results_have_pages(door: Door, alice: Caller) -> None:
    whole = await titles(door, q="midnight")

    pages = [await titles(door, q="midnight", limit=3, offset=offset) for offset in (0, 3, 6, 9)]

    assert [title for page in pages for title in page] == whole
    assert pages[3] == []


async def test_another_order(door: Door, alice: Caller) -> None:
    found = await titles(door, q="midnight", sort="title", order="asc")

    assert found == sorted(found)


async def test_only_what_is_public_is_found(door: Door, alice: Caller) -> None:
    await door.add_track(alice, title="Secret xyzzy", is_public=False)
    await door.add_track(alice, title="Unfinished xyzzy", status="processing")

    assert await titles(door, q="xyzzy") == []


async def test_nothing_is_found_without_a_word(door: Door, alice: Caller) -> None:
    data = (await search(door, q="???")).data

    assert (data["results"], data["total_results"]) == ([], 0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 51}, "limit"),
        ({"offset": -1}, "offset"),
        ({"type": "psychic"}, "type"),
        ({"sort": "nonsense"}, "sort"),
        ({"q": "x" * 201}, "q"),
        ({"key": "H"}, "key"),
    ],
)
async def test_a_bad_search_says_which_part(
    door: Door, query: dict[str, object], field: str
) -> None:
    answer = await door.stranger.get(
        "/tracks/search", params={name: str(value) for name, value in query.items()}
    )

    assert (answer.status, set(answer.fields)) == (400, {field})
