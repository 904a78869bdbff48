from typing import Any

import pytest

from media.transcode.progress import Progress, Superseded
from storage.backends import Pool
from storage.uploads.transcodes import Attempt, begin
from tests.storage.uploads.test_transcodes import new_track


class Bus:
    def __init__(self) -> None:
        self.told: list[tuple[str, str, dict[str, Any]]] = []

    async def publish(self, stream: str, event: str, data: dict[str, Any]) -> None:
        self.told.append((stream, event, data))


async def started(pool: Pool) -> Attempt:
    attempt = await begin(pool, await new_track(pool), 1)
    assert isinstance(attempt, Attempt)
    return attempt


async def test_a_step_is_told_and_written(pool: Pool) -> None:
    bus, attempt = Bus(), await started(pool)
    await Progress(pool, bus.publish, attempt, 9).step("waveform_generation", 100)
    assert bus.told == [
        (
            f"user:{attempt.creator_id}",
            "job:progress",
            {
                "job_id": "9",
                "track_id": attempt.track_id,
                "task": "waveform_generation",
                "percent": 100,
                "playable": False,
            },
        )
    ]
    (row,) = await pool.fetch("SELECT processing_step, processing_percent FROM tracks")
    assert tuple(row) == ("waveform_generation", 100)


async def test_many_small_advances_are_few_messages(pool: Pool) -> None:
    bus, attempt = Bus(), await started(pool)
    progress = Progress(pool, bus.publish, attempt, 9)
    for percent in range(100):
        await progress.advance("quality_variants", percent)
    assert 1 <= len(bus.told) < 20


async def test_work_on_a_track_that_another_has_taken_up_ends(pool: Pool) -> None:
    bus, attempt = Bus(), await started(pool)
    await begin(pool, attempt.track_id, 1)
    with pytest.raises(Superseded):
        await Progress(pool, bus.publish, attempt, 9).step("audio_analysis", 0)
