"""Tells whoever waits for a track how far it is: over the bus, and less often in the database."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Literal

from rooms.ids import user_stream
from storage.backends import Pool
from storage.uploads import transcodes
from storage.uploads.transcodes import Attempt

Publish = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""`publish(stream, event, data)`: ephemeral, never raises."""
Append = Callable[[str, str, dict[str, Any], str], Awaitable[Any]]
"""`append(user_id, event, data, op_id)`: durable; a repeat of `op_id` changes nothing."""

Task = Literal["audio_analysis", "quality_variants", "waveform_generation", "thumbnail_creation"]

TELL_EVERY_S = 0.25
WRITE_EVERY_S = 1.0


class Superseded(Exception):
    """Another worker has taken the track up, or it was deleted: nothing more is to be done here."""


class Progress:
    """How far one attempt is."""

    def __init__(self, pool: Pool, publish: Publish, attempt: Attempt, job_id: int) -> None:
        self._pool = pool
        self._publish = publish
        self._attempt = attempt
        self._job_id = job_id
        self._told_at_s = 0.0
        self._written_at_s = 0.0

    async def step(self, task: Task, percent: int, *, playable: bool = False) -> None:
        """A step has begun or ended: tell and write it at once.

        Raises:
            Superseded: as said there.
        """
        await self.tell(task, percent, playable=playable)
        await self._write(task, percent)

    async def advance(self, task: Task, percent: int, *, playable: bool = False) -> None:
        """A step has moved on: tell it four times a second at most, write it once a second.

        Raises:
            Superseded: as said there.
        """
        now_s = monotonic()
        if now_s - self._told_at_s >= TELL_EVERY_S:
            await self.tell(task, percent, playable=playable)
        if now_s - self._written_at_s >= WRITE_EVERY_S:
            await self._write(task, percent)

    async def tell(self, task: Task, percent: int, *, playable: bool = False) -> None:
        """Tell it over the bus alone."""
        self._told_at_s = monotonic()
        if self._attempt.creator_id is None:
            return
        data = {
            "job_id": str(self._job_id),
            "track_id": self._attempt.track_id,
            "task": task,
            "percent": percent,
            "playable": playable,
        }
        await self._publish(user_stream(self._attempt.creator_id), "job:progress", data)

    async def _write(self, task: Task, percent: int) -> None:
        self._written_at_s = monotonic()
        if not await transcodes.report(self._pool, self._attempt, task, percent):
            raise Superseded
