"""The upload job: from an original in the object store to a track that can be played.

The child makes the pieces, this side stores them as they come. Listeners are let in as soon as
every rung has its first segment; the track is published once all of it is there.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Any
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct, json

from media.child.messages import (
    CoverMade,
    CoverRequest,
    Described,
    Limits,
    RefusedMessage,
    TranscodeRequest,
)
from media.child.refusal import PROCESSING_ERROR, Refused
from media.child.sandbox import CHILD, SILENT_MS, ChildFailed, start_child
from media.groups import single_error
from media.transcode.making import Making
from media.transcode.progress import Append, Progress, Publish, Superseded
from media.transcode.track_files import OutOfOrder, TrackFiles
from storage.backends import Pool
from storage.jobs.job import Job, JobKind
from storage.jobs.worker import BACKOFF_MS, DRAIN_MS, run_jobs
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.uploads import transcodes
from storage.uploads.orders import SWEEP, TRANSCODE, SweepOrder, TranscodeOrder
from storage.uploads.transcodes import Attempt, Published

log = logging.getLogger(__name__)

_GAVE_UP = (
    "The recording could not be processed: the decoder failed on it every time. Please try another "
    "file, for instance a fresh export of the same recording."
)


class Sandboxing(Struct, frozen=True):
    """How media children are run."""

    scratch: Path | None = None
    """Where originals lie while they are worked on; None: the system's temporary folder."""
    silent_ms: int = SILENT_MS
    argv: Sequence[str] = CHILD


async def run_worker(
    *,
    pool: Pool,
    objects: ObjectStore,
    publish: Publish,
    append: Append,
    concurrency: int,
    stop: asyncio.Event,
    sandboxing: Sandboxing | None = None,
    backoff_ms: tuple[int, ...] = BACKOFF_MS,
    drain_ms: int = DRAIN_MS,
) -> None:
    """Work off media jobs until `stop` is set; what is unfinished then goes back to the queue.

    Args:
        pool: PostgreSQL: the queue and the tracks.
        objects: originals in, segments out.
        publish: tells ephemeral `job:progress` events.
        append: puts `track:ready` and `track:failed` on the creator's stream, for good.
        concurrency: tracks at a time; each uses up to two cores.
        stop: set by the process that owns this one.
        sandboxing: how children are run.
        backoff_ms: waits before the second and the third try.
        drain_ms: how long jobs may go on after `stop`.
    """
    transcoder = Transcoder(pool, objects, publish, append, sandboxing or Sandboxing())
    sweeper = Sweeper(objects)
    kinds = {
        TRANSCODE: JobKind(transcoder.run, transcoder.give_up),
        SWEEP: JobKind(sweeper.run, sweeper.give_up),
    }
    await run_jobs(
        pool, kinds, concurrency=concurrency, stop=stop, backoff_ms=backoff_ms, drain_ms=drain_ms
    )


class Sweeper:
    """Runs SWEEP jobs: folders that nobody hears any more."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def run(self, job: Job) -> None:
        """Remove the folders; one that is gone already is fine."""
        for prefix in json.decode(job.payload, type=SweepOrder).prefixes:
            await self._objects.delete_prefix(prefix)

    async def give_up(self, job: Job) -> None:
        """The files stay; nothing refers to them."""
        log.error("sweep.gave_up", extra={"job_id": job.id})


class Transcoder:
    """Runs TRANSCODE jobs."""

    def __init__(
        self,
        pool: Pool,
        objects: ObjectStore,
        publish: Publish,
        append: Append,
        sandboxing: Sandboxing,
    ) -> None:
        self._pool = pool
        self._objects = objects
        self._publish = publish
        self._append = append
        self._sandboxing = sandboxing

    async def run(self, job: Job) -> None:
        """Make the track of `job` playable, or say why it cannot be.

        Raises:
            ChildFailed, OutOfOrder: the child died or went astray; another try may do better.
            Unavailable: a backend is away.
        """
        order = json.decode(job.payload, type=TranscodeOrder)
        begun = await transcodes.begin(self._pool, order.track_id, job.id)
        match begun:
            case None:
                log.info("transcode.track_gone", extra={"track_id": order.track_id})
            case Published():
                await self._tell_ready(job, begun)
            case Attempt():
                await self._attempt(job, order, begun)

    async def give_up(self, job: Job) -> None:
        """No try is left: the track has failed, unless this job has published it already."""
        order = json.decode(job.payload, type=TranscodeOrder)
        begun = await transcodes.begin(self._pool, order.track_id, job.id)
        match begun:
            case Published():
                await self._tell_ready(job, begun)
            case Attempt():
                await self._fail(job, begun, PROCESSING_ERROR, _GAVE_UP)

    async def _attempt(self, job: Job, order: TranscodeOrder, attempt: Attempt) -> None:
        started_s = monotonic()
        try:
            with single_error():
                published = await self._make(job, order, attempt)
        except Refused as refused:
            await self._fail(job, attempt, refused.code, refused.message)
        except Superseded:
            log.info("transcode.superseded", extra={"track_id": attempt.track_id})
            await self._objects.delete_prefix(f"{attempt.prefix}/")
        else:
            took_ms = int((monotonic() - started_s) * 1_000)
            fields = {"track_id": attempt.track_id, "took_ms": took_ms}
            log.info("transcode.done", extra=fields)
            await self._tell_ready(job, published)

    async def _make(self, job: Job, order: TranscodeOrder, attempt: Attempt) -> Published:
        """All files of the attempt, stored and published."""
        progress = Progress(self._pool, self._publish, attempt, job.id)
        await progress.tell("audio_analysis", 0)
        with tempfile.TemporaryFile(dir=self._sandboxing.scratch) as file:
            original = file.fileno()
            async with start_child("transcode", original, **self._child()) as child:
                await self._fetch(attempt.original_key, file)
                size_bytes = os.fstat(original).st_size
                limits = Limits(order.max_duration_ms)
                messages = await child.ask(TranscodeRequest(original, size_bytes, limits))
                described = await anext(messages)
                if isinstance(described, RefusedMessage):
                    raise Refused(described.message, described.code)
                if not isinstance(described, Described):
                    raise OutOfOrder(type(described).__name__)
                async with TrackFiles.open(
                    self._objects, attempt.prefix, attempt.number, described.rungs
                ) as files:
                    making = Making(self._pool, attempt, progress, described, files)
                    await making.describe()
                    async with asyncio.TaskGroup() as tasks:
                        covers = tasks.create_task(self._make_covers(attempt, original, files))
                        await making.follow(messages)
                        await files.all_stored()
                    await progress.step("thumbnail_creation", 100)
                    await files.finish()
        facts = making.facts(has_cover=covers.result())
        published = await transcodes.publish(self._pool, attempt, job.id, facts)
        if published is None:
            raise Superseded
        return published

    async def _make_covers(self, attempt: Attempt, original: int, files: TrackFiles) -> bool:
        """The pictures: of the artwork sent along, else of the tags. True when there are any."""
        # Not before the music: the first segment is what people wait for.
        await files.playable.wait()
        made: CoverMade | None = None
        if attempt.artwork_key is not None:
            try:
                with tempfile.TemporaryFile(dir=self._sandboxing.scratch) as artwork:
                    await self._fetch(attempt.artwork_key, artwork)
                    made = await self._ask_for_covers(artwork.fileno(), is_picture=True)
            except Refused:
                log.warning("transcode.artwork_gone", extra={"track_id": attempt.track_id})
        if made is None or made.cover_jpeg is None:
            made = await self._ask_for_covers(original, is_picture=False)
        if made is None or made.cover_jpeg is None or made.thumbnail_jpeg is None:
            return False
        await files.put_covers(made.cover_jpeg, made.thumbnail_jpeg)
        return True

    async def _ask_for_covers(self, fd: int, *, is_picture: bool) -> CoverMade | None:
        try:
            with single_error():
                async with start_child("cover", fd, **self._child()) as child:
                    answer = await anext(await child.ask(CoverRequest(fd, is_picture)))
                    return answer if isinstance(answer, CoverMade) else None
        except ChildFailed:
            # A picture never harms its track.
            return None

    async def _fetch(self, key: str, file: IO[bytes]) -> None:
        """Put an object into an open file. Raises `Refused` when it is gone."""
        try:
            async for block in self._objects.stream(key):
                await asyncio.to_thread(file.write, block)
        except ObjectMissing as missing:
            raise Refused(
                "The uploaded file is no longer there. Please send it again.", PROCESSING_ERROR
            ) from missing
        file.flush()

    def _child(self) -> dict[str, Any]:
        return {
            "scratch": self._sandboxing.scratch,
            "silent_ms": self._sandboxing.silent_ms,
            "argv": self._sandboxing.argv,
        }

    async def _fail(self, job: Job, attempt: Attempt, code: str, message: str) -> None:
        if not await transcodes.fail(self._pool, attempt, code, message):
            return
        fields = {"track_id": attempt.track_id, "code": code}
        log.info("transcode.refused", extra=fields)
        if attempt.creator_id is not None:
            data = {"track_id": attempt.track_id, "code": code, "message": message}
            await self._append(attempt.creator_id, "track:failed", data, _op_id(job, "failed"))

    async def _tell_ready(self, job: Job, published: Published) -> None:
        if published.creator_id is None:
            return
        data = {
            "track_id": published.track_id,
            "title": published.title,
            "artist": published.artist,
            "duration_ms": published.duration_ms,
            "has_cover": published.has_cover,
        }
        await self._append(published.creator_id, "track:ready", data, _op_id(job, "ready"))


def _op_id(job: Job, outcome: str) -> str:
    """The same for each repeat of a job, so that its outcome is told once."""
    return str(uuid5(NAMESPACE_URL, f"veza:job:{job.id}:{outcome}"))
