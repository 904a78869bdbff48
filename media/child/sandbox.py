"""Starts a media child, hands it a file, and hears what it has to say. Never believes it.

The child gets an empty folder, an environment without secrets, three pipes and one open file. It is
killed when it is silent for too long, when it says something it should not, and when its job ends.
"""

import asyncio
import logging
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from media.child.messages import (
    HEADER_BYTES,
    MAX_MESSAGE_BYTES,
    CoverMade,
    Ended,
    Message,
    RefusedMessage,
    Request,
    Transcoded,
    Work,
    frame,
    read_message,
)
from media.groups import single_error

log = logging.getLogger(__name__)

SILENT_MS = 30_000
"""A child at work says so four times a second; on the busiest machine, half a minute is a hang."""
CHILD = (sys.executable, "-s", "-P", "-m", "media.child")

_PIPE_BUFFER_BYTES = 1024 * 1024
_STDERR_BYTES = 8 * 1024
_LAST = (Transcoded, CoverMade, Ended, RefusedMessage)


class ChildFailed(Exception):
    """The child ended without an answer: it crashed, hung, ran into a limit or spoke nonsense."""


class Child:
    """A running child that has been asked nothing yet. Made by `start_child`."""

    def __init__(self, process: Process, silent_ms: int, complaints: bytearray) -> None:
        self._process = process
        self._silent_s = silent_ms / 1_000
        self._complaints = complaints

    async def ask(self, request: Request) -> AsyncGenerator[Message, None]:
        """Put it to work; iterate over its messages, the last one is an answer.

        The pipe holds about 1 MB: while nobody iterates, the child waits.

        Raises:
            ChildFailed: while iterating.
        """
        with suppress(ConnectionError):  # it has died already; reading tells how
            assert self._process.stdin is not None
            self._process.stdin.write(frame(request))
            await self._process.stdin.drain()
            self._process.stdin.close()
        return _messages(self._process, self._silent_s, self._complaints)


@asynccontextmanager
async def start_child(
    work: Work,
    fd: int | None,
    *,
    scratch: Path | None = None,
    silent_ms: int = SILENT_MS,
    argv: Sequence[str] = CHILD,
) -> AsyncIterator[Child]:
    """A child that gets ready for `work`, mostly on the file `fd`.

    It can be asked as soon as it exists. Getting ready takes it 0.15 s; meanwhile the file may be
    filled. At the end of the block the child is dead, whatever happened.

    Args:
        work: what it will be asked for.
        fd: an open file, inherited by the child under the same number; None: it needs none.
        scratch: where the child's empty folder is made; None: the system's temporary folder.
        silent_ms: how long the child may say nothing.
        argv: the program; another one than our own is for tests.
    """
    with tempfile.TemporaryDirectory(prefix="veza-child-", dir=scratch) as empty:
        process = await asyncio.create_subprocess_exec(
            *argv,
            work,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=_PIPE_BUFFER_BYTES,
            pass_fds=() if fd is None else (fd,),
            cwd=empty,
            env=_environment(),
            start_new_session=True,
        )
        async with _dead_at_the_end(process) as complaints:
            yield Child(process, silent_ms, complaints)


def _environment() -> dict[str, str]:
    """No secrets, and few threads and arenas: each would map memory that the limit counts."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


@asynccontextmanager
async def _dead_at_the_end(process: Process) -> AsyncIterator[bytearray]:
    """Collects the end of what the child prints; kills it with all it has started."""
    complaints = bytearray()
    with single_error():
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_keep_tail(process, complaints))
            try:
                yield complaints
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
                reading.cancel()


async def _keep_tail(process: Process, tail: bytearray) -> None:
    assert process.stderr is not None
    while block := await process.stderr.read(_STDERR_BYTES):
        tail += block
        del tail[:-_STDERR_BYTES]


async def _messages(
    process: Process, silent_s: float, complaints: bytearray
) -> AsyncGenerator[Message, None]:
    assert process.stdout is not None
    try:
        while True:
            async with asyncio.timeout(silent_s):
                message = await _read(process.stdout)
            yield message
            if isinstance(message, _LAST):
                return
    except TimeoutError as error:
        raise _failed("said nothing for too long", complaints) from error
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        # The pipe may close a moment before the process is gone.
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await process.wait()
        raise _failed(f"ended with {process.returncode}", complaints) from error
    except msgspec.DecodeError as error:
        raise _failed("sent something that is no message", complaints) from error


async def _read(pipe: asyncio.StreamReader) -> Message:
    size = int.from_bytes(await pipe.readexactly(HEADER_BYTES), "big")
    if size > MAX_MESSAGE_BYTES:
        raise msgspec.DecodeError(f"a message of {size} bytes")
    return read_message(await pipe.readexactly(size))


def _failed(how: str, complaints: bytearray) -> ChildFailed:
    log.error(
        "media.child_failed",
        extra={"how": how, "stderr": complaints[-2_000:].decode(errors="replace")},
    )
    return ChildFailed(f"The media process {how}.")
