"""The fence around a track's attempts, on a real PostgreSQL."""

from typing import Any

from msgspec import json

from storage.backends import Pool
from storage.uploads.media_facts import FileFacts, MediaFacts, RungFacts
from storage.uploads.orders import SweepOrder, TranscodeOrder, order_transcode
from storage.uploads.transcodes import (
    Attempt,
    Published,
    begin,
    describe,
    fail,
    make_playable,
    publish,
    report,
)
from tests.people import fresh_id, new_user

RUNG = RungFacts("low", "aac", "mp4a.40.2", 64_000, 44_100, 2, 3_072, 176_128, 3, 99_000)
FACTS = MediaFacts((RUNG,), 12_345, -14.0, 5.5, -1.2, has_cover=True)
FILE = FileFacts(
    "mp3", "mp3float", 192_000, 44_100, 2, False, "Tag", "Artist", "Album", "Jazz", 1999
)


async def new_track(
    pool: Pool, *, artist: str | None = None, metadata_from_file: bool = False
) -> str:
    creator = await new_user(pool, "ada")
    track_id = fresh_id()
    await pool.execute(
        """
        INSERT INTO tracks (id, creator_id, title, artist, status, original_key, metadata_from_file)
        VALUES ($1, $2, 'typed', $3, 'processing', $4, $5)
        """,
        track_id,
        creator.user_id,
        artist,
        f"originals/{track_id}/source",
        metadata_from_file,
    )
    return track_id


async def started(pool: Pool, track_id: str, job_id: int = 1) -> Attempt:
    attempt = await begin(pool, track_id, job_id)
    assert isinstance(attempt, Attempt)
    return attempt


async def row(pool: Pool, track_id: str) -> Any:
    return await pool.fetchrow("SELECT * FROM tracks WHERE id = $1", track_id)


async def swept(pool: Pool) -> list[str]:
    """Folders that are to be removed, in the order they were named."""
    rows = await pool.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'sweep_media' ORDER BY id"
    )
    return [p for r in rows for p in json.decode(r["payload"], type=SweepOrder).prefixes]


async def test_an_order_is_a_job_of_the_same_transaction(pool: Pool) -> None:
    track_id = await new_track(pool)
    async with pool.acquire() as connection, connection.transaction():
        await order_transcode(connection, TranscodeOrder(track_id, 600_000), priority=7)
    (queued,) = await pool.fetch("SELECT * FROM pgqueuer")
    assert (queued["entrypoint"], queued["priority"]) == ("transcode", 7)
    assert json.decode(queued["payload"]) == {"track_id": track_id, "max_duration_ms": 600_000}


async def test_each_worker_that_takes_a_track_up_gets_a_higher_number(pool: Pool) -> None:
    track_id = await new_track(pool)
    first, second = await started(pool, track_id), await started(pool, track_id)
    assert (first.number, second.number) == (1, 2)
    assert second.prefix == f"tracks/{track_id}/2"
    assert second.original_key == f"originals/{track_id}/source"


async def test_a_late_worker_changes_nothing(pool: Pool) -> None:
    track_id = await new_track(pool)
    late = await started(pool, track_id)
    await started(pool, track_id)
    before = await row(pool, track_id)
    assert not await report(pool, late, "quality_variants", 50)
    assert not await describe(pool, late, FILE, 1_000)
    assert not await make_playable(pool, late, (RUNG,))
    assert await publish(pool, late, 1, FACTS) is None
    assert not await fail(pool, late, "PROCESSING_ERROR", "Too late.")
    assert await row(pool, track_id) == before


async def test_publishing_is_one_step_from_nothing_to_everything(pool: Pool) -> None:
    track_id = await new_track(pool)
    attempt = await started(pool, track_id)
    published = await publish(pool, attempt, 1, FACTS)
    after = await row(pool, track_id)
    assert published == Published(track_id, str(after["creator_id"]), "typed", None, 12_345, True)
    assert (after["status"], after["stream_status"]) == ("completed", "ready")
    assert after["media_prefix"] == f"tracks/{track_id}/1"
    assert (after["duration_ms"], after["duration"]) == (12_345, 12)
    assert after["rungs"][0]["segment_samples"] == 176_128
    assert (after["priming_samples"], after["loudness_lufs"]) == (3_072, -14.0)
    assert after["has_waveform"]
    assert after["has_cover"]
    assert after["is_published"]
    assert after["published_at"] is not None
    assert after["thumbnail_path"] == f"tracks/{track_id}/1/thumbnail.jpg"


async def test_listeners_may_come_before_it_is_complete(pool: Pool) -> None:
    track_id = await new_track(pool)
    attempt = await started(pool, track_id)
    assert await make_playable(pool, attempt, (RUNG,))
    after = await row(pool, track_id)
    assert after["media_prefix"] == attempt.prefix
    assert (after["status"], after["stream_status"]) == ("processing", "processing")


async def test_a_repeat_of_the_job_that_published_has_nothing_to_do(pool: Pool) -> None:
    track_id = await new_track(pool)
    attempt = await started(pool, track_id, job_id=5)
    await publish(pool, attempt, 5, FACTS)
    again = await begin(pool, track_id, 5)
    assert isinstance(again, Published)
    assert again.duration_ms == 12_345
    assert (await row(pool, track_id))["attempt"] == 1


async def test_what_tags_say_fills_what_nobody_typed(pool: Pool) -> None:
    typed = await new_track(pool, artist="typed")
    await describe(pool, await started(pool, typed), FILE, 9_000)
    after = await row(pool, typed)
    assert (after["title"], after["artist"], after["album"]) == ("typed", "typed", "Album")
    assert (after["genre"], after["year"], after["duration_ms"]) == ("Jazz", 1999, 9_000)
    assert (after["format"], after["bitrate"], after["sample_rate"]) == ("mp3", 192, 44_100)
    untyped = await new_track(pool, metadata_from_file=True)
    await describe(pool, await started(pool, untyped), FILE, None)
    after = await row(pool, untyped)
    assert (after["title"], after["artist"]) == ("Tag", "Artist")


async def test_a_failure_says_why_and_takes_back_what_was_heard(pool: Pool) -> None:
    track_id = await new_track(pool)
    await started(pool, track_id)
    attempt = await started(pool, track_id)
    await make_playable(pool, attempt, (RUNG,))
    assert await fail(pool, attempt, "DURATION_EXCEEDED", "Too long.")
    after = await row(pool, track_id)
    assert (after["status"], after["stream_status"]) == ("failed", "error")
    assert (after["failure_code"], after["status_message"]) == ("DURATION_EXCEEDED", "Too long.")
    assert after["media_prefix"] is None
    assert after["published_at"] is None
    assert await swept(pool) == [f"tracks/{track_id}/1/", f"tracks/{track_id}/2/"]


async def test_a_track_that_can_be_heard_stays_so_while_it_is_made_anew(pool: Pool) -> None:
    track_id = await new_track(pool)
    await publish(pool, await started(pool, track_id, 1), 1, FACTS)
    second = await started(pool, track_id, 2)
    await make_playable(pool, second, (RUNG, RUNG))
    during = await row(pool, track_id)
    assert (during["status"], during["media_prefix"]) == ("completed", f"tracks/{track_id}/1")
    assert len(during["rungs"]) == 1
    assert await fail(pool, second, "PROCESSING_ERROR", "No.")
    after = await row(pool, track_id)
    assert (after["status"], after["media_prefix"]) == ("completed", f"tracks/{track_id}/1")
    assert await swept(pool) == [f"tracks/{track_id}/2/"]


async def test_replaced_files_outlive_their_listeners(pool: Pool) -> None:
    track_id = await new_track(pool)
    await publish(pool, await started(pool, track_id, 1), 1, FACTS)
    await started(pool, track_id, 2)
    await publish(pool, await started(pool, track_id, 2), 2, FACTS)
    assert (await row(pool, track_id))["media_prefix"] == f"tracks/{track_id}/3"
    assert await swept(pool) == [f"tracks/{track_id}/1/", f"tracks/{track_id}/2/"]
    waits = await pool.fetch("SELECT execute_after > now() AS waits FROM pgqueuer ORDER BY id")
    assert [row["waits"] for row in waits] == [True, False]


async def test_a_deleted_track_is_left_alone(pool: Pool) -> None:
    track_id = await new_track(pool)
    attempt = await started(pool, track_id)
    await pool.execute("UPDATE tracks SET deleted_at = now() WHERE id = $1", track_id)
    assert await begin(pool, track_id, 2) is None
    assert not await report(pool, attempt, "audio_analysis", 1)
    assert await publish(pool, attempt, 1, FACTS) is None
    assert await begin(pool, fresh_id(), 1) is None
