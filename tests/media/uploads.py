"""Uploaded tracks, made the way the REST door makes them, and a worker to process them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from media.transcode.job import Sandboxing, run_worker
from storage.backends import Pool
from storage.objects.objects import ObjectStore
from storage.uploads.orders import TranscodeOrder, order_transcode
from tests.people import fresh_id, new_user

_NEW_TRACK = """
INSERT INTO tracks (id, creator_id, title, status, stream_status, original_key, artwork_path,
                    is_public, metadata_from_file)
VALUES ($1, $2, 'My song', 'processing', 'pending', $3, $4, $5, $6)
"""


class Told:
    """What a worker told people: progress over the bus, outcomes on their streams."""

    def __init__(self) -> None:
        self.progress: list[dict[str, Any]] = []
        self.outcomes: list[tuple[str, str, dict[str, Any], str]] = []
        self._changed = asyncio.Condition()

    async def publish(self, stream: str, event: str, data: dict[str, Any]) -> None:
        assert stream.startswith("user:")
        assert event == "job:progress"
        self.progress.append(data)
        async with self._changed:
            self._changed.notify_all()

    async def append(self, user_id: str, event: str, data: dict[str, Any], op_id: str) -> None:
        self.outcomes.append((user_id, event, data, op_id))
        async with self._changed:
            self._changed.notify_all()

    async def outcome(self, track_id: str, within_s: float = 60.0) -> tuple[str, dict[str, Any]]:
        """How the processing of a track ended."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: self._outcomes_of(track_id))
        _, event, data, _ = self._outcomes_of(track_id)[0]
        return event, data

    async def playable(self, track_id: str) -> None:
        """Wait until listeners are let in."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(
                lambda: any(p["playable"] for p in self.progress if p["track_id"] == track_id)
            )

    def _outcomes_of(self, track_id: str) -> list[tuple[str, str, dict[str, Any], str]]:
        return [told for told in self.outcomes if told[2]["track_id"] == track_id]


async def upload(
    pool: Pool,
    objects: ObjectStore,
    data: bytes,
    *,
    artwork: bytes | None = None,
    max_duration_ms: int | None = None,
    is_public: bool = True,
    metadata_from_file: bool = False,
) -> str:
    """A track whose original is stored and whose job is queued; returns its id."""
    creator = await new_user(pool, "ada")
    track_id = fresh_id()
    original_key = f"originals/{track_id}/source"
    artwork_key = None if artwork is None else f"originals/{track_id}/artwork"
    await objects.put(original_key, data)
    if artwork is not None and artwork_key is not None:
        await objects.put(artwork_key, artwork)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            _NEW_TRACK,
            track_id,
            creator.user_id,
            original_key,
            artwork_key,
            is_public,
            metadata_from_file,
        )
        await order_transcode(connection, TranscodeOrder(track_id, max_duration_ms))
    return track_id


@asynccontextmanager
async def worker(
    pool: Pool,
    objects: ObjectStore,
    told: Told,
    *,
    concurrency: int = 1,
    sandboxing: Sandboxing | None = None,
) -> AsyncIterator[None]:
    """A running worker; stopped at the end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run_worker(
                pool=pool,
                objects=objects,
                publish=told.publish,
                append=told.append,
                concurrency=concurrency,
                stop=stop,
                sandboxing=sandboxing,
                backoff_ms=(10, 10),
                drain_ms=50,
            )
        )
        try:
            yield
        finally:
            stop.set()
