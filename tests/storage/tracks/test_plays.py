"""Plays are held to the server's clock, whatever a client says."""

import asyncio
from typing import Any

from storage.backends import Pool
from storage.tracks.details import TrackDetails
from storage.tracks.plays import SLACK_MS, Logged, Play, Plays
from tests.people import new_track, new_user

DAY_MS = 86_400_000


async def counts(pool: Pool, track_id: str) -> tuple[int, int]:
    row = await pool.fetchrow(
        "SELECT play_count, unique_listeners FROM tracks WHERE id = $1", track_id
    )
    assert row is not None
    return row["play_count"] or 0, row["unique_listeners"] or 0


def play(track_id: str, user_id: str, listened_ms: int, **fields: Any) -> Play:
    rest: dict[str, Any] = {"is_completed": False, "context": "library"} | fields
    return Play(track_id=track_id, user_id=user_id, listened_ms=listened_ms, **rest)


async def test_a_play_is_a_row_and_a_count(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Song", 60_000)
    said = play(track_id, ada.user_id, 45_000, is_completed=True, device="web")
    assert await Plays(pool).add(said) == Logged(45_000, counted=True)
    row = await pool.fetchrow("SELECT * FROM track_plays WHERE track_id = $1", track_id)
    assert row is not None
    assert (row["duration"], row["is_completed"], row["device"]) == (45, True, "web")
    assert str(row["user_id"]) == ada.user_id
    assert await counts(pool, track_id) == (1, 1)


async def test_nobody_listens_longer_than_the_track_or_than_time_has_passed(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Song", 60_000)
    plays = Plays(pool)
    first = await plays.add(play(track_id, ada.user_id, DAY_MS))
    assert first == Logged(60_000, counted=True)
    second = await plays.add(play(track_id, ada.user_id, DAY_MS))
    assert second is not None
    assert second.listened_ms < SLACK_MS + 1_000
    assert not second.counted
    assert await counts(pool, track_id) == (1, 1)


async def test_two_logs_at_once_do_not_share_one_stretch_of_time(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Song", 60_000)
    said = play(track_id, ada.user_id, 60_000)
    logged = await asyncio.gather(*(Plays(pool).add(said) for _ in range(5)))
    assert sorted(bool(one and one.counted) for one in logged) == [False] * 4 + [True]


async def test_a_few_seconds_are_a_row_but_no_play(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Song", 60_000)
    logged = await Plays(pool).add(play(track_id, ada.user_id, 5_000, is_completed=True))
    assert logged == Logged(5_000, counted=False)
    assert await counts(pool, track_id) == (0, 0)
    assert (await TrackDetails(pool).plays(track_id)).today == 0
    assert not await pool.fetchval("SELECT is_completed FROM track_plays")


async def test_half_of_a_short_track_is_a_play(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Jingle", 8_000)
    assert await Plays(pool).add(play(track_id, ada.user_id, 4_000)) == Logged(4_000, counted=True)
    assert (await TrackDetails(pool).plays(track_id)).today == 1


async def test_a_deleted_track_has_no_new_plays(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    track_id = await new_track(pool, ada, "Song")
    await pool.execute("UPDATE tracks SET deleted_at = now() WHERE id = $1", track_id)
    assert await Plays(pool).add(play(track_id, ada.user_id, 45_000)) is None
