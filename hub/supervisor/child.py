"""One child process: started until it answers, started again when it dies, ended in order."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from storage.embedded import Launch

log = logging.getLogger(__name__)

BACK_OFF_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits before the next start of a part that keeps dying; the last one repeats."""
STEADY_AFTER_S = 30.0
"""A part that ran this long begins at the first wait again."""
PROBE_EVERY_S = 0.05
LOG_TAIL_BYTES = 2_000
LOG_MAX_BYTES = 20 * 1024 * 1024

Answers = Callable[[int], Awaitable[bool]]


class Part(Struct, frozen=True):
    """What the supervisor has to know of one process."""

    name: str
    """Unique among the parts, such as `web-1`; names the log file too."""
    role: str
    launch: Launch
    answers: Answers
    """Asked with the process's pid every 50 ms until it is true."""
    port: int | None = None
    url: str | None = None
    start_deadline_s: float = 60.0
    stop_deadline_s: float = 6.0


class PartFailed(RuntimeError):
    """A part never came to answer."""

    def __init__(self, part: Part, why: str) -> None:
        tail = _tail(part.launch.log)
        said = f"; its last words, from {part.launch.log}:\n{tail}" if tail else ""
        super().__init__(f"{part.name} {why}{said}")


class Child:
    """The process of one part. `on_change` hears its pid when it answers and None when it died."""

    def __init__(self, part: Part, on_change: Callable[[Part, int | None], None]) -> None:
        self.part = part
        self._on_change = on_change
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            PartFailed: it ended or kept silent; it does not run any more.
        """
        self._process = await _spawn(self.part.launch)
        try:
            async with asyncio.timeout(self.part.start_deadline_s):
                await self._until_it_answers(self._process)
        except TimeoutError as exc:
            await self._kill()
            raise PartFailed(
                self.part, f"did not answer within {self.part.start_deadline_s:.0f} s"
            ) from exc
        self._on_change(self.part, self._process.pid)

    async def keep(self) -> None:
        """Start it again whenever it dies; never returns."""
        failures = 0
        while True:
            since = time.monotonic()
            assert self._process is not None
            code = await self._process.wait()
            self._on_change(self.part, None)
            _end_group(self._process.pid)
            failures = 0 if time.monotonic() - since > STEADY_AFTER_S else failures
            while True:
                wait_s = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
                failures += 1
                log.warning(
                    "up.part_died",
                    extra={"part": self.part.name, "code": code, "again_in_s": wait_s},
                )
                await asyncio.sleep(wait_s)
                try:
                    await self.start()
                except PartFailed as exc:
                    log.error("up.part_failed", extra={"part": self.part.name, "why": str(exc)})
                    continue
                log.warning(
                    "up.part_started_again",
                    extra={"part": self.part.name, "pid": self._process.pid},
                )
                break

    async def stop(self) -> None:
        """End it cleanly, by force after its deadline, and whatever it has started with it."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.part.launch.stop_signal)
        try:
            async with asyncio.timeout(self.part.stop_deadline_s):
                await process.wait()
        except TimeoutError:
            log.warning("up.part_killed", extra={"part": self.part.name})
        await self._kill()
        self._on_change(self.part, None)

    def bound_log(self) -> None:
        """Keep the log file below its bound: past it, what there is moves to `.1`."""
        path = self.part.launch.log
        if path.stat().st_size > LOG_MAX_BYTES:
            path.with_suffix(".log.1").write_bytes(path.read_bytes())
            os.truncate(path, 0)  # the child appends, so it goes on at the new end

    async def _until_it_answers(self, process: asyncio.subprocess.Process) -> None:
        while not await self.part.answers(process.pid):
            if process.returncode is not None:
                raise PartFailed(self.part, f"ended with code {process.returncode}")
            await asyncio.sleep(PROBE_EVERY_S)

    async def _kill(self) -> None:
        assert self._process is not None
        _end_group(self._process.pid)
        await self._process.wait()


async def _spawn(launch: Launch) -> asyncio.subprocess.Process:
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    with launch.log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *launch.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            **launch.popen_options(),
        )
    assert process.stdin is not None
    process.stdin.write(launch.stdin)
    process.stdin.close()
    return process


def _end_group(pid: int) -> None:
    """Kill the session that `pid` led: it, if it lives, and every process it left there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _tail(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip()
    return ""
