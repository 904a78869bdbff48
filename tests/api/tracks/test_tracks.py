from typing import Any

import pytest

from storage.backends import Pool
from tests.api.conftest import Caller, Door, OpenDoor

A1_FIELDS = {
    "id", "title", "artist", "filename", "duration_seconds", "tags", "is_public", "uploader_id",
    "uploader_name", "created_at", "updated_at", "stream_url", "waveform_url", "thumbnail_url",
    "stats", "audio_info",
}  # fmt: skip


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice", display_name="Alice")


async def titles(door: Door, caller: Caller | None = None, **query: Any) -> list[str]:
    answer = await (caller or door.stranger).get("/tracks", params=query)
    return [track["title"] for track in answer.data]


async def test_an_item_has_the_fields_of_the_contract(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(
        alice, title="Dawn", artist="Ann", media_prefix="tracks/x/1", has_cover=True,
        tags=["calm"], duration=61, play_count=3, format="mp3", bitrate=320, sample_rate=44_100,
        channels=2, file_size=1000,
    )  # fmt: skip

    answer = await door.stranger.get("/tracks")

    assert answer.body["message"] == "Tracks retrieved successfully"
    (item,) = answer.data
    assert set(item) == A1_FIELDS | {"uuid", "uploader_uuid"}
    assert item["uuid"] == track_id
    assert item["uploader_id"] == alice.user["seq_id"]
    assert item["uploader_name"] == "Alice"
    assert item["stream_url"] == f"/api/v1/tracks/{track_id}/hls/master.m3u8"
    assert item["waveform_url"] == f"/api/v1/tracks/{track_id}/waveform"
    assert item["thumbnail_url"] == f"/api/v1/tracks/{track_id}/thumbnail"
    assert item["stats"] == {"plays": 3, "likes": 0, "downloads": 0, "shares": 0}
    assert item["audio_info"] == {
        "format": "mp3",
        "bitrate": 320,
        "sample_rate": 44_100,
        "channels": 2,
        "file_size": 1000,
    }
    assert answer.body["meta"] == {
        "page": 1,
        "per_page": 20,
        "total": 1,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
        "filters_applied": {},
    }


async def test_pages_cover_the_list_once(door: Door, alice: Caller) -> None:
    for number in range(7):
        await door.add_track(alice, title=f"Track {number}")

    pages = [await door.stranger.get("/tracks", params={"page": p, "limit": 3}) for p in (1, 2, 3)]

    assert [track["title"] for page in pages for track in page.data] == [
        f"Track {number}" for number in reversed(range(7))
    ]
    metas = [page.body["meta"] for page in pages]
    assert [(m["has_prev"], m["has_next"]) for m in metas] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert {(m["total"], m["total_pages"], m["per_page"]) for m in metas} == {(7, 3, 3)}
    beyond = await door.stranger.get("/tracks", params={"page": 9, "limit": 3})
    assert beyond.data == []
    assert beyond.body["meta"]["total"] == 7


async def test_an_empty_catalog_is_one_empty_page(door: Door) -> None:
    answer = await door.stranger.get("/tracks")

    assert answer.data == []
    assert (answer.body["meta"]["total"], answer.body["meta"]["total_pages"]) == (0, 0)


EVERY_ORDER_WORKS_BOTH_WAYS_CASES: list[tuple[str, str]] = [
    ("created_at", "acb"),
    ("updated_at", "cba"),
    ("title", "abc"),
    ("artist", "bca"),
    ("duration", "cab"),
    ("plays", "bac"),
    ("likes", "cab"),
    ("popularity", "abc"),
]


async def test_every_order_works_both_ways(
    door: Door, alice: Caller, subtests: pytest.Subtests
) -> None:
    columns = {
        "a": {"artist": "zz", "duration": 20, "play_count": 2, "like_count": 2},
        "b": {"artist": "AA", "duration": 30, "play_count": 1, "like_count": 3},
        "c": {"artist": "mm", "duration": 10, "play_count": 3, "like_count": 1},
    }
    for place, name in enumerate("abc"):
        await door.add_track(alice, title=name, popularity_score=float(place), **columns[name])
    for place, name in enumerate("acb"):
        await door.pool.execute(
            "UPDATE tracks SET created_at = now() + $1 * interval '1 min' WHERE title = $2",
            place,
            name,
        )
    for place, name in enumerate("cba"):
        await door.pool.execute(
            "UPDATE tracks SET updated_at = now() + $1 * interval '1 min' WHERE title = $2",
            place,
            name,
        )

    for sort, expected in EVERY_ORDER_WORKS_BOTH_WAYS_CASES:
        with subtests.test(case=sort):
            assert "".join(await titles(door, sort=sort, order="asc")) == expected
            assert "".join(await titles(door, sort=sort, order="desc")) == expected[::-1]


FILTERS_NARROW_CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"artist": "miles davis"}, {"So What"}),
    ({"artist": "Beyonce"}, {"Halo"}),
    ({"genre": "JAZZ"}, {"So What"}),
    ({"tags": "calm"}, {"So What", "Halo"}),
    ({"tags": "calm, night"}, {"So What"}),
    ({"min_duration": 300}, {"So What"}),
    ({"max_duration": 300}, {"Halo", "Été"}),
    ({"duration_min": 200, "duration_max": 300}, {"Halo"}),
    ({"search": "what"}, {"So What"}),
    ({"search": "MIL so"}, {"So What"}),
    ({"q": "ete"}, {"Été"}),
    ({"search": "???"}, set()),
    ({"search": "nothing"}, set()),
    ({"format": "FLAC"}, {"Halo"}),
    ({"quality": "lossless"}, {"Halo"}),
    ({"genre": "jazz", "tags": "sea"}, set()),
    ({"uploader_id": "00000000-0000-0000-0000-000000000001"}, set()),
    ({"uploader_id": "999999"}, set()),
]


async def test_filters_narrow(door: Door, alice: Caller, subtests: pytest.Subtests) -> None:
    await door.add_track(
        alice, title="So What", artist="Miles Davis", genre="Jazz", tags=["calm", "night"],
        duration=545, format="mp3",
    )  # fmt: skip
    await door.add_track(
        alice, title="Halo", artist="Beyoncé", tags=["calm"], duration=261, format="flac",
        quality="lossless",
    )  # fmt: skip
    await door.add_track(alice, title="Été", artist="Zaz", tags=["sea"], duration=100)

    for query, expected in FILTERS_NARROW_CASES:
        with subtests.test(case=query):
            answer = await door.stranger.get("/tracks", params=query)

            assert {track["title"] for track in answer.data} == expected
            assert answer.body["meta"]["total"] == len(expected)
            assert len(answer.body["meta"]["filters_applied"]) == len(query)


async def test_filters_are_told_back(door: Door) -> None:
    query = {"q": "sun", "genre": "jazz", "tags": "a,b", "min_duration": "60"}

    answer = await door.stranger.get("/tracks", params=query)

    assert answer.body["meta"]["filters_applied"] == {
        "search": "sun",
        "genre": "jazz",
        "tags": ["a", "b"],
        "min_duration": 60,
    }


async def test_tracks_of_one_uploader(door: Door, alice: Caller) -> None:
    bob = await door.newcomer()
    await door.add_track(alice, title="hers")
    await door.add_track(bob, title="his")

    assert await titles(door, uploader_id=alice.user["seq_id"]) == ["hers"]
    assert await titles(door, uploader_id=alice.user["id"]) == ["hers"]
    assert await titles(door, bob, uploader_id="me") == ["his"]
    nobody = await door.stranger.get("/tracks", params={"uploader_id": "me"})
    assert nobody.status == 401


async def test_only_what_is_public_and_finished_is_listed(door: Door, alice: Caller) -> None:
    bob = await door.newcomer()
    await door.add_track(alice, title="public")
    await door.add_track(alice, title="private", is_public=False)
    await door.add_track(alice, title="processing", status="processing")
    await door.add_track(alice, title="failed", status="failed")
    await door.pool.execute(
        "INSERT INTO tracks (title, status, deleted_at) VALUES ('deleted', 'completed', now())"
    )

    assert await titles(door) == ["public"]
    assert await titles(door, alice) == ["public"]
    own = await titles(door, alice, show_private="true", sort="title", order="asc")
    assert own == ["failed", "private", "processing", "public"]
    assert await titles(door, bob, show_private="true") == ["public"]
    stranger = await door.stranger.get("/tracks", params={"show_private": "true"})
    assert (stranger.status, stranger.code) == (401, "UNAUTHENTICATED")


async def test_states_are_shown_when_asked_for(door: Door, alice: Caller) -> None:
    await door.add_track(
        alice, status="failed", failure_code="INVALID_AUDIO_FORMAT", status_message="It is text."
    )
    await door.add_track(
        alice, status="processing", processing_step="waveform_generation", processing_percent=40
    )

    answer = await alice.get("/tracks", params={"show_private": "1", "include": "status"})

    processing, failed = answer.data
    assert processing["status"] == "processing"
    assert processing["processing"] == {"step": "waveform_generation", "percent": 40}
    assert processing["failure"] is None
    assert failed["failure"] == {"code": "INVALID_AUDIO_FORMAT", "message": "It is text."}


A_BAD_QUERY_SAYS_WHICH_PART_CASES: list[tuple[dict[str, Any], str]] = [
    ({"page": 0}, "page"),
    ({"page": -1}, "page"),
    ({"page": "x"}, "page"),
    ({"limit": 0}, "limit"),
    ({"limit": 101}, "limit"),
    ({"limit": "1e9"}, "limit"),
    ({"sort": "password_hash"}, "sort"),
    ({"order": "sideways"}, "order"),
    ({"min_duration": -1}, "min_duration"),
    ({"show_private": "maybe"}, "show_private"),
    ({"uploader_id": "' OR 1=1"}, "uploader_id"),
    ({"search": "x" * 201}, "search"),
    ({"search": "a\x00b"}, "search"),
]


async def test_a_bad_query_says_which_part(door: Door, subtests: pytest.Subtests) -> None:
    for query, field in A_BAD_QUERY_SAYS_WHICH_PART_CASES:
        with subtests.test(case=query):
            answer = await door.stranger.get("/tracks", params=query)

            assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
            assert set(answer.fields) == {field}


A_QUERY_IS_TEXT_AND_NOTHING_ELSE_CASES: list[str] = [
    "%%%%",
    "a & b",
    "a:*",
    "'); DROP TABLE tracks; --",
    "ŉ",
    "½",
]


async def test_a_query_is_text_and_nothing_else(
    door: Door, alice: Caller, subtests: pytest.Subtests
) -> None:
    await door.add_track(alice, title="Dawn")

    for search in A_QUERY_IS_TEXT_AND_NOTHING_ELSE_CASES:
        with subtests.test(case=search):
            assert (await door.stranger.get("/tracks", params={"search": search})).status == 200
            assert (await door.stranger.get("/tracks/search", params={"q": search})).status == 200


async def test_a_track_by_either_id(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(
        alice, title="Dawn", description="At five.", musical_key="Am", bpm=90, has_cover=True
    )
    seq_id = await door.pool.fetchval("SELECT seq_id FROM tracks WHERE id = $1", track_id)

    by_uuid = await door.stranger.get(f"/tracks/{track_id.upper()}")
    by_number = await door.stranger.get(f"/tracks/{seq_id}")

    assert by_uuid.body["message"] == "Track retrieved successfully"
    assert by_uuid.data == by_number.data
    data = by_uuid.data
    assert (data["id"], data["uuid"], data["key"], data["bpm"]) == (seq_id, track_id, "Am", 90)
    assert data["uploader"] == {
        "id": alice.user["seq_id"],
        "uuid": alice.user["id"],
        "username": "alice",
        "display_name": "Alice",
        "avatar_url": None,
        "is_verified": False,
        "follower_count": 0,
    }
    assert data["urls"]["artwork"] == f"/api/v1/tracks/{track_id}/cover"
    assert "plays_today" not in data["stats"]
    assert "liked" not in data


async def test_what_a_track_page_may_ask_for(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, artist="Ann", genre="Jazz", tags=["a", "b"])
    twin = await door.add_track(alice, title="Twin", artist="ann", genre="jazz", tags=["a", "b"])
    cousin = await door.add_track(alice, title="Cousin", tags=["b"])
    await door.add_track(alice, title="Stranger", genre="Rock")
    await door.add_track(alice, title="Hidden", artist="Ann", is_public=False)
    await door.pool.execute(
        "INSERT INTO track_plays (track_id, played_at) VALUES ($1, now()),"
        " ($1, now() - interval '40 days')",
        track_id,
    )
    await door.pool.execute(
        'INSERT INTO track_comments (track_id, user_id, content, "timestamp")'
        " VALUES ($1, $2, 'here!', 12.5)",
        track_id,
        alice.user["id"],
    )
    ask = {"include_stats": "true", "include_comments": "1", "include_related": "true"}

    data = (await door.stranger.get(f"/tracks/{track_id}", params=ask)).data

    assert (data["stats"]["plays_today"], data["stats"]["plays_this_month"]) == (1, 1)
    related = [(track["uuid"], track["similarity_score"]) for track in data["related_tracks"]]
    assert related == [(twin, 1.0), (cousin, 0.18)]
    (comment,) = data["recent_comments"]
    assert (comment["content"], comment["timestamp"], comment["likes"]) == ("here!", 12.5, 0)
    assert comment["user"]["username"] == "alice"


WHAT_IS_NO_TRACK_IS_NOT_FOUND_CASES: list[str] = [
    "0",
    "999999",
    "-1",
    "1e9",
    "x",
    "' OR 1=1",
    "9" * 40,
    "١٢",
    "00000000-0000-0000-0000-00000000000g",
    "01a1fdb7-ad1b-7caa-865c-5cf7ab716186",
]


async def test_what_is_no_track_is_not_found(door: Door, subtests: pytest.Subtests) -> None:
    for track_id in WHAT_IS_NO_TRACK_IS_NOT_FOUND_CASES:
        with subtests.test(case=track_id):
            answer = await door.stranger.get(f"/tracks/{track_id}")

            assert (answer.status, answer.code) == (404, "TRACK_NOT_FOUND")


async def test_a_private_track_is_its_owners(door: Door, alice: Caller, pool: Pool) -> None:
    bob = await door.newcomer()
    track_id = await door.add_track(alice, is_public=False)

    answers = [await who.get(f"/tracks/{track_id}") for who in (door.stranger, bob, alice)]

    assert [answer.status for answer in answers] == [403, 403, 200]
    assert answers[0].code == "UNAUTHORIZED_ACCESS"
    assert answers[0].body["message"] == "Access denied"
    await pool.execute("UPDATE users SET role = 'admin' WHERE id = $1", bob.user["id"])
    assert (await bob.get(f"/tracks/{track_id}")).status == 200


async def test_an_update_changes_what_it_names(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, title="Dawn", artist="Ann", bpm=90, tags=["a"])

    answer = await alice.put(
        f"/tracks/{track_id}", {"title": "  Dusk ", "bpm": 120, "tags": ["b", " b ", "c"]}
    )

    assert answer.body["message"] == "Track updated successfully"
    data = answer.data
    assert (data["title"], data["bpm"], data["tags"]) == ("Dusk", 120, ["b", "c"])
    assert data["artist"] == "Ann"
    assert [(c["field"], c["old_value"], c["new_value"]) for c in data["change_log"]] == [
        ("title", "Dawn", "Dusk"),
        ("tags", ["a"], ["b", "c"]),
        ("bpm", 90, 120),
    ]
    assert all(change["changed_at"].endswith("Z") for change in data["change_log"])
    logged = await door.pool.fetch(
        "SELECT field, old_value, new_value FROM track_change_log WHERE field = 'bpm'"
    )
    assert [tuple(row) for row in logged] == [("bpm", 90, 120)]


async def test_an_update_may_clear_a_field(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, bpm=90, musical_key="Am", description="x", genre="y")

    cleared = await alice.put(
        f"/tracks/{track_id}", {"bpm": None, "key": None, "description": None, "genre": ""}
    )

    data = cleared.data
    assert (data["bpm"], data["key"], data["description"], data["genre"]) == (None,) * 4
    assert [change["field"] for change in data["change_log"]] == [
        "description",
        "genre",
        "bpm",
        "key",
    ]


async def test_an_update_that_changes_nothing_is_fine(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, title="Dawn")

    assert (await alice.put(f"/tracks/{track_id}", {"title": "Dawn"})).data["change_log"] == []
    assert (await alice.put(f"/tracks/{track_id}", {})).data["change_log"] == []


A_BAD_UPDATE_SAYS_WHICH_FIELD_CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"title": ""}, {"title": "TOO_SHORT"}),
    ({"title": "  "}, {"title": "TOO_SHORT"}),
    ({"title": None}, {"title": "INVALID_TYPE"}),
    ({"title": "x" * 201}, {"title": "TOO_LONG"}),
    ({"artist": "x" * 101}, {"artist": "TOO_LONG"}),
    ({"description": "x" * 2001}, {"description": "TOO_LONG"}),
    ({"tags": ["x"] * 11}, {"tags": "TOO_LONG"}),
    ({"tags": ["x" * 31]}, {"tags": "TOO_LONG"}),
    ({"genre": "x" * 51}, {"genre": "TOO_LONG"}),
    ({"bpm": 39}, {"bpm": "OUT_OF_RANGE"}),
    ({"bpm": 301}, {"bpm": "OUT_OF_RANGE"}),
    ({"key": "H"}, {"key": "INVALID_FORMAT"}),
    ({"license": "WTFPL"}, {"license": "INVALID_VALUE"}),
    ({"is_public": "yes"}, {"is_public": "INVALID_TYPE"}),
    ({"owner_id": "x"}, {"owner_id": "UNKNOWN_FIELD"}),
    (
        {"creator_id": "x", "play_count": 9},
        {"creator_id": "UNKNOWN_FIELD", "play_count": "UNKNOWN_FIELD"},
    ),
    ({"audio": "x"}, {"audio": "UNKNOWN_FIELD"}),
]


async def test_a_bad_update_says_which_field(
    door: Door, alice: Caller, subtests: pytest.Subtests
) -> None:
    track_id = await door.add_track(alice, title="Dawn")

    for body, fields in A_BAD_UPDATE_SAYS_WHICH_FIELD_CASES:
        with subtests.test(case=body):
            answer = await alice.put(f"/tracks/{track_id}", body)

            assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
            assert answer.fields == fields


async def test_only_the_owner_may_update(door: Door, alice: Caller) -> None:
    bob = await door.newcomer()
    track_id = await door.add_track(alice)

    stranger = await door.stranger.put(f"/tracks/{track_id}", {"title": "Mine"})
    other = await bob.put(f"/tracks/{track_id}", {"title": "Mine"})

    assert (stranger.status, stranger.code) == (401, "UNAUTHENTICATED")
    assert (other.status, other.code) == (403, "UNAUTHORIZED_ACCESS")
    assert other.body["message"] == "Unauthorized to update"


async def test_a_track_in_processing_waits_for_its_update(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, status="processing")

    answer = await alice.put(f"/tracks/{track_id}", {"title": "Dusk"})

    assert (answer.status, answer.code) == (422, "TRACK_PROCESSING")
    assert answer.body["message"] == "Track is being processed"


async def test_deleting_takes_a_track_away(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, title="Dawn")
    seq_id = await door.pool.fetchval("SELECT seq_id FROM tracks WHERE id = $1", track_id)

    answer = await alice.delete(f"/tracks/{track_id}")

    assert answer.body["message"] == "Track deleted successfully"
    assert answer.data["deleted_track_id"] == seq_id
    assert answer.data["title"] == "Dawn"
    assert answer.data["cleanup_status"] == {
        "database_record": "deleted",
        "audio_file": "deleted",
        "waveform": "deleted",
        "thumbnail": "deleted",
        "cdn_cache": "purged",
        "search_index": "removed",
    }
    assert answer.data["impact"] == {
        "playlists_affected": 0,
        "user_libraries_affected": 0,
        "stats_preserved": True,
    }
    for who in (door.stranger, alice):
        gone = await who.get(f"/tracks/{track_id}")
        assert (gone.status, gone.code) == (410, "TRACK_DELETED")
        assert gone.body["message"] == "Track deleted"
    assert await titles(door) == []
    again = await alice.delete(f"/tracks/{track_id}")
    assert (again.status, again.code) == (410, "TRACK_DELETED")
    update = await alice.put(f"/tracks/{track_id}", {"title": "Dusk"})
    assert update.status == 410


async def test_a_deletion_orders_its_files_removed(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice)

    await alice.delete(f"/tracks/{track_id}")

    payload = await door.pool.fetchval("SELECT payload FROM pgqueuer")
    assert f"originals/{track_id}/".encode() in payload
    assert f"tracks/{track_id}/".encode() in payload


async def test_only_owner_and_administrator_delete(door: Door, alice: Caller, pool: Pool) -> None:
    bob = await door.newcomer()
    track_id = await door.add_track(alice)

    other = await bob.delete(f"/tracks/{track_id}")
    await pool.execute("UPDATE users SET is_admin = true WHERE id = $1", bob.user["id"])
    admin = await bob.delete(f"/tracks/{track_id}")

    assert (other.status, other.code) == (403, "UNAUTHORIZED_ACCESS")
    assert admin.status == 200


async def test_a_track_in_a_playlist_needs_force(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice)
    await alice.post(f"/tracks/{track_id}/like")
    await door.pool.execute(
        "WITH p AS (INSERT INTO playlists (user_id, name) VALUES ($1, 'mine') RETURNING id)"
        " INSERT INTO playlist_tracks (playlist_id, track_id, position) SELECT id, $2, 0 FROM p",
        alice.user["id"],
        track_id,
    )

    refused = await alice.delete(f"/tracks/{track_id}")
    forced = await alice.delete(f"/tracks/{track_id}", params={"force": "true"})

    assert (refused.status, refused.code) == (409, "TRACK_IN_USE")
    assert forced.data["impact"]["playlists_affected"] == 1
    assert forced.data["impact"]["user_libraries_affected"] == 1


async def test_the_state_of_processing(door: Door, alice: Caller) -> None:
    bob = await door.newcomer()
    track_id = await door.add_track(
        alice, status="processing", processing_step="waveform_generation", processing_percent=60
    )

    data = (await alice.get(f"/tracks/{track_id}/status")).data

    assert (data["status"], data["progress"], data["error"]) == ("processing", 60, None)
    assert [(task["task"], task["status"]) for task in data["tasks"]] == [
        ("audio_analysis", "completed"),
        ("waveform_generation", "processing"),
        ("thumbnail_creation", "pending"),
        ("quality_variants", "completed"),
    ]
    await door.pool.execute(
        "UPDATE tracks SET status = 'failed', failure_code = 'DURATION_EXCEEDED',"
        " status_message = 'Longer than 10 minutes.'"
    )
    failed = (await alice.get(f"/tracks/{track_id}/status")).data
    assert failed["error"] == {"code": "DURATION_EXCEEDED", "message": "Longer than 10 minutes."}
    assert (await bob.get(f"/tracks/{track_id}/status")).data["error"] is None
    assert (await door.stranger.get(f"/tracks/{track_id}/status")).status == 401


async def test_a_like_counts_once(door: Door, alice: Caller) -> None:
    bob = await door.newcomer()
    track_id = await door.add_track(alice)

    first = await bob.post(f"/tracks/{track_id}/like")
    again = await bob.post(f"/tracks/{track_id}/like")
    other = await alice.post(f"/tracks/{track_id}/like")

    assert [answer.data["likes"] for answer in (first, again, other)] == [1, 1, 2]
    assert (await bob.get(f"/tracks/{track_id}")).data["liked"] is True
    assert (await bob.delete(f"/tracks/{track_id}/like")).data == {"liked": False, "likes": 1}
    assert (await bob.delete(f"/tracks/{track_id}/like")).data == {"liked": False, "likes": 1}
    assert (await bob.get(f"/tracks/{track_id}")).data["stats"]["likes"] == 1
    assert (await door.stranger.post(f"/tracks/{track_id}/like")).status == 401


async def test_lists_are_limited_as_the_contract_says(open_door: OpenDoor) -> None:
    door = await open_door(limits=True)

    answers = [await door.stranger.get("/tracks") for _ in range(101)]

    assert {answer.status for answer in answers[:100]} == {200}
    assert (answers[100].status, answers[100].code) == (429, "RATE_LIMIT_EXCEEDED")
    assert answers[0].headers["X-RateLimit-Limit"] == "100"
    assert (await door.stranger.get("/tracks/search?q=a")).status == 200, "it has its own count"


ADDRESSES_THAT_ARE_NONE_CASES: list[tuple[str, str, int, str]] = [
    ("GET", "/nowhere", 404, "NOT_FOUND"),
    ("PATCH", "/tracks", 405, "METHOD_NOT_ALLOWED"),
    ("TRACE", "/tracks", 405, "METHOD_NOT_ALLOWED"),
]


async def test_addresses_that_are_none(door: Door, subtests: pytest.Subtests) -> None:
    for method, path, status, code in ADDRESSES_THAT_ARE_NONE_CASES:
        with subtests.test(case=method):
            answer = await door.stranger(method, path)

            assert (answer.status, answer.code) == (status, code)
