"""The process that decodes what strangers send: `python -m media.child`, started by the sandbox.

Reads one request from stdin, writes messages to stdout, and ends. Whatever a file manages to do to
FFmpeg or Pillow, it does it here: without network (but for the RTMP server that a broadcast is
pulled from), files, secrets or much memory.
"""

import os
import sys
import threading
import traceback
from typing import BinaryIO

from media.child.confinement import confine, leave_root
from media.child.messages import (
    HEADER_BYTES,
    CoverMade,
    CoverRequest,
    Described,
    Message,
    PullRequest,
    RefusedMessage,
    TranscodeRequest,
    frame,
    read_request,
)
from media.child.refusal import PROCESSING_ERROR, Refused, too_long

_COVER_CPU_S = 0.0
LONGEST_PULL_S = 24 * 3_600.0
"""After more than a day of work the broadcast is pulled by another child."""


class Outbox:
    """Writes messages whole, from whatever thread; waits while the parent does not read."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        data = frame(message)
        with self._lock:
            self._pipe.write(data)
            self._pipe.flush()


def main() -> int:
    """Answer the one request; 0 when it was answered, be it by a refusal."""
    # Nothing but messages may reach the pipe: FFmpeg and Python print to stderr from here on.
    outbox = Outbox(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    _get_ready(sys.argv[1])
    size = int.from_bytes(sys.stdin.buffer.read(HEADER_BYTES), "big")
    request = read_request(sys.stdin.buffer.read(size))
    try:
        match request:
            case TranscodeRequest():
                _transcode(request, outbox)
            case CoverRequest():
                _make_covers(request, outbox)
            case PullRequest():
                _pull(request, outbox)
    except Refused as refused:
        outbox.send(RefusedMessage(refused.code, refused.message))
    except MemoryError:
        traceback.print_exc()
        outbox.send(
            RefusedMessage(PROCESSING_ERROR, "The file needs more memory than a track may use.")
        )
    return 0


def _get_ready(work: str) -> None:
    """Load what the work needs while the parent is still fetching the file."""
    if work == "transcode":
        import media.child.pipeline
        import media.child.tags  # loaded for later
    elif work == "pull":
        import media.rtmp.child
    else:
        import media.child.cover
        import media.child.tags  # noqa: F401  # loaded for later


def _transcode(request: TranscodeRequest, outbox: Outbox) -> None:
    from media.child.decoder import is_longer_than
    from media.child.pipeline import transcode
    from media.child.probe import open_source
    from media.child.tags import read_tags
    from media.transcode.ladder import ladder_for

    limits = request.limits
    most_s = limits.max_pcm_samples / (2 * 44_100)
    if limits.max_duration_ms is not None:
        most_s = min(most_s, limits.max_duration_ms / 1_000)
    confine(most_s)
    leave_root()
    with open_source(request.fd, limits) as probed:
        claimed_ms = probed.source.claimed_duration_ms or 0
        allowed_ms = limits.max_duration_ms
        # Headers lie; but if this one does not, say so before an hour is encoded in vain.
        if (
            allowed_ms is not None
            and claimed_ms > allowed_ms
            and is_longer_than(probed, allowed_ms)
        ):
            raise too_long(allowed_ms)
    with open_source(request.fd, limits) as probed:
        rungs = ladder_for(probed.source)
        with os.fdopen(os.dup(request.fd), "rb") as file:
            tags = read_tags(file)
        outbox.send(Described(probed.sniffed.format, probed.source, tags, rungs))
        transcode(probed, rungs, limits, outbox.send)


def _make_covers(request: CoverRequest, outbox: Outbox) -> None:
    from media.child.cover import make_covers
    from media.child.tags import read_picture

    confine(_COVER_CPU_S)
    leave_root()
    with os.fdopen(request.fd, "rb") as file:
        file.seek(0)
        picture = file.read() if request.is_picture else read_picture(file)
    covers = make_covers(picture) if picture else None
    outbox.send(CoverMade(*(covers or (None, None))))


def _pull(request: PullRequest, outbox: Outbox) -> None:
    from media.rtmp.child import pull

    confine(LONGEST_PULL_S, offline=False)
    leave_root()
    pull(request, outbox.send)


if __name__ == "__main__":
    sys.exit(main())
