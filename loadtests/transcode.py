"""How soon an upload can be heard, and what it costs: `python -m loadtests.transcode [FILE]`.

One worker on a private PostgreSQL (fsync on) and files on disk takes up one track at a time. Times
run from the commit of the job. Each rung is decoded back and laid over the source: an offset other
than 0 samples ends with an error. Without FILE: four minutes of synthesised music as FLAC.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
from msgspec import Struct, json

from loadtests.stage import open_stage
from storage.backends import Pool, open_pool
from storage.objects.objects import FolderSpec, ObjectStore, open_objects
from tests.interrupts import interruptible
from tests.media.signals import Samples, music, offset_samples, read_audio, write_audio
from tests.media.uploads import Told, upload, worker

SYNTHESISED_S = 240.0
WITHIN_S = 900.0
COMPARED_S = 20
"""Stretch of each rung that is laid over the source."""


class Measured(Struct, frozen=True):
    """One upload."""

    playable_s: float
    """Every rung has its first segment and the master playlist is there."""
    ready_s: float
    times_realtime: float
    child_peak_mb: int
    offsets_samples: dict[str, int]


class Memory:
    """The most that the media child has held."""

    def __init__(self) -> None:
        self.peak_mb = 0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        me = psutil.Process()
        while True:
            for child in me.children():
                try:
                    if "media.child" in child.cmdline():
                        self.peak_mb = max(self.peak_mb, child.memory_info().rss >> 20)
                except psutil.Error:
                    continue
            await asyncio.sleep(0.05)


async def measure(pool: Pool, objects: ObjectStore, data: bytes) -> Measured:
    """Upload, wait, and look at what was made."""
    told, memory = Told(), Memory()
    async with worker(pool, objects, told), memory.watched():
        track_id = await upload(pool, objects, data)
        started_s = monotonic()
        await told.playable(track_id)
        playable_s = monotonic() - started_s
        event, outcome = await told.outcome(track_id, WITHIN_S)
        ready_s = monotonic() - started_s
    if event != "track:ready":
        raise SystemExit(outcome["message"])
    source = read_audio(data)
    rows = await pool.fetch("SELECT media_prefix, rungs FROM tracks WHERE id = $1", track_id)
    return Measured(
        playable_s=round(playable_s, 2),
        ready_s=round(ready_s, 2),
        times_realtime=round(outcome["duration_ms"] / 1_000 / ready_s, 1),
        child_peak_mb=memory.peak_mb,
        offsets_samples={
            rung["name"]: await _offset(objects, rows[0]["media_prefix"], rung, source)
            for rung in rows[0]["rungs"]
        },
    )


async def _offset(objects: ObjectStore, prefix: str, rung: dict[str, Any], source: Samples) -> int:
    """By how many samples a rung comes late, over its first COMPARED_S seconds."""
    segments = [f"segment_{index:03d}.m4s" for index in range(min(rung["segments"], 6))]
    names = ["init.mp4", *segments]
    parts = [await objects.read(f"{prefix}/{rung['name']}/{name}") for name in names]
    count = COMPARED_S * rung["sample_rate_hz"]
    offset = offset_samples(read_audio(b"".join(parts))[:, :count], source[:, :count])
    if offset != 0:
        raise SystemExit(f"{rung['name']} is {offset} samples off")
    return offset


async def _run(database_url: str, folder: Path, data: bytes, times: int) -> None:
    async with (
        open_pool(database_url) as pool,
        open_objects(FolderSpec(folder / "objects")) as objects,
    ):
        for _ in range(times):
            print(json.encode(await measure(pool, objects, data)).decode(), flush=True)


def main() -> None:
    """Prints one JSON line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="veza-load-") as made, open_stage() as stage:
        file = arguments.file or write_audio(Path(made) / "song.flac", music(SYNTHESISED_S))
        asyncio.run(_run(stage.database_url, stage.folder, file.read_bytes(), arguments.times))


if __name__ == "__main__":
    sys.exit(interruptible(main))
