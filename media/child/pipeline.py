"""Decodes once and feeds every rung and the analysis, each on a thread. Runs in the media child.

FFmpeg lets go of Python's lock while it works, so the threads fill the cores. The queues between
them are short: the slowest rung, or a parent that does not read, slows the decoder down.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from time import monotonic

from av.audio.frame import AudioFrame

from media.child.analysis import Analyst
from media.child.decoder import decode
from media.child.encoder import RungEncoder
from media.child.messages import InitMade, Limits, Message, Progressed, SegmentMade, Transcoded
from media.child.probe import Probed
from media.transcode.ladder import Rung

QUEUE_FRAMES = 64
"""Frames that may wait for a rung: 1.5 s of MP3; 300 KB."""
PROGRESS_EVERY_S = 0.25
_POLL_S = 0.2

Send = Callable[[Message], None]
"""Hands a message to the parent; may block, may be called from any thread."""


def transcode(probed: Probed, rungs: tuple[Rung, ...], limits: Limits, send: Send) -> None:
    """Work through the whole file.

    Raises:
        Refused: the file turns out to be unusable on the way.
    """
    source = probed.source
    branches = [_Branch(rung.name, _rung_work(rung, send)) for rung in rungs]
    branches.append(
        _Branch("analysis", _analysis_work(Analyst(source.sample_rate_hz, source.channels), send))
    )
    with _running(branches) as failed:
        decoded_samples = _feed(probed, limits, branches, failed, send)
    send(Transcoded(decoded_samples, source.sample_rate_hz))


def _feed(
    probed: Probed,
    limits: Limits,
    branches: "list[_Branch]",
    failed: threading.Event,
    send: Send,
) -> int:
    decoded_samples = 0
    told_at_s = monotonic()
    for frame in decode(probed, limits):
        for branch in branches:
            branch.put(frame, failed)
        decoded_samples += frame.samples
        if monotonic() - told_at_s >= PROGRESS_EVERY_S:
            told_at_s = monotonic()
            send(Progressed(decoded_samples * 1_000 // probed.source.sample_rate_hz))
    for branch in branches:
        branch.put(None, failed)
    return decoded_samples


class _Stopped(Exception):
    """Another branch has failed; its error is the one that counts."""


class _Branch:
    """A thread that takes frames from a queue of its own."""

    def __init__(self, name: str, work: Callable[[Iterator[AudioFrame]], None]) -> None:
        self._work = work
        self._queue: Queue[AudioFrame | None] = Queue(QUEUE_FRAMES)
        self._failed = threading.Event()
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, failed: threading.Event) -> None:
        self._failed = failed
        self.thread.start()

    def put(self, frame: AudioFrame | None, failed: threading.Event) -> None:
        """Wait for room; gives up when any branch has failed."""
        while True:
            if failed.is_set():
                raise _Stopped
            try:
                self._queue.put(frame, timeout=_POLL_S)
                return
            except Full:
                continue

    def _run(self) -> None:
        try:
            self._work(self._frames())
        except _Stopped:
            return
        except Exception as error:  # noqa: BLE001  # handed to the decoding thread, which raises it
            self.error = error
            self._failed.set()

    def _frames(self) -> Iterator[AudioFrame]:
        while True:
            try:
                frame = self._queue.get(timeout=_POLL_S)
            except Empty:
                if self._failed.is_set():
                    raise _Stopped from None
                continue
            if frame is None:
                return
            yield frame


@contextmanager
def _running(branches: list[_Branch]) -> Iterator[threading.Event]:
    """All branches at work; at the end all have ended, and the first error is raised."""
    failed = threading.Event()
    for branch in branches:
        branch.start(failed)
    try:
        yield failed
    except _Stopped:
        pass
    except BaseException:
        failed.set()
        raise
    finally:
        for branch in branches:
            branch.thread.join()
    for branch in branches:
        if branch.error is not None:
            raise branch.error


def _rung_work(rung: Rung, send: Send) -> Callable[[Iterator[AudioFrame]], None]:
    def work(frames: Iterator[AudioFrame]) -> None:
        encoder = RungEncoder(rung)
        send(InitMade(rung.name, encoder.init()))
        for frame in frames:
            for segment in encoder.encode(frame):
                send(_made(rung, segment.index, segment.duration_samples, segment.data))
        for segment in encoder.finish():
            send(_made(rung, segment.index, segment.duration_samples, segment.data))

    return work


def _made(rung: Rung, index: int, duration_samples: int, data: bytes) -> SegmentMade:
    return SegmentMade(rung.name, index, duration_samples, data)


def _analysis_work(analyst: Analyst, send: Send) -> Callable[[Iterator[AudioFrame]], None]:
    def work(frames: Iterator[AudioFrame]) -> None:
        for frame in frames:
            analyst.add(frame)
        send(analyst.finish())

    return work
