"""What is listened to: real recordings on one line, cut at odd samples into tracks of an album.

The line is one piece without a seam, so whoever plays the tracks one after the other without a gap
gives it back; what is missing or doubled at a joint shows as a step of the position.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct

from loadtests.heard.correlate import Wave
from loadtests.heard.sound_server import RATE_HZ
from tests.media.signals import Samples, read_audio, write_audio

FOLDER = Path("/usr/share/hyperrogue/music")
"""Debian's package hyperrogue-music."""
RECORDINGS = ("hr3-icyland", "hr3-hell", "hr3-graveyard", "hr3-rlyeh", "hr3-desert")
"""In an order in which the first begins loud."""
TRACK_RATE_HZ = 44_100
FIRST_SAMPLES = 20 * TRACK_RATE_HZ + 777
"""The first joint comes early; the odd samples are so that no joint falls on a whole ms."""
TRACK_SAMPLES = 50 * TRACK_RATE_HZ + 333
MOST_TRACKS = 5
"""As many as one may upload in an hour: of a longer line, tracks are longer."""


class Music(Struct, frozen=True):
    """The line and its tracks."""

    files: tuple[Path, ...]
    starts_s: tuple[float, ...]
    """Where on the line each track begins."""
    reference: Wave
    """The line as a card hears it: mono, at the card's rate."""


def cut(folder: Path, seconds: float) -> Music:
    """At least so many seconds of music, as FLAC files in `folder`.

    Raises:
        FileNotFoundError: the recordings are not installed; the message says what to do.
    """
    line = _line()
    joints = list(ends(int(seconds * TRACK_RATE_HZ), line.shape[1]))
    files = []
    for number, (start, end) in enumerate(pairwise(joints), 1):
        path = folder / f"part {number:02}.flac"
        tags = {"title": f"Part {number}", "album": "The line", "track": str(number)}
        files.append(write_audio(path, line[:, start:end], tags=tags))
    whole = write_audio(folder / "line.flac", line[:, : joints[-1]])
    reference = read_audio(whole, rate_hz=RATE_HZ).mean(axis=0)
    starts = tuple(joint / TRACK_RATE_HZ for joint in joints[:-1])
    return Music(tuple(files), starts, reference.astype(np.float32))


def _line() -> Samples:
    paths = [FOLDER / f"{name}.ogg" for name in RECORDINGS]
    if not all(path.is_file() for path in paths):
        raise FileNotFoundError("This needs recordings: apt-get install hyperrogue-music")
    loud = []
    for path in paths:
        samples = read_audio(path, rate_hz=TRACK_RATE_HZ)
        level = np.flatnonzero(np.abs(samples).max(axis=0) > 0.1)
        loud.append(samples[:, level[0] : level[-1]])
    return np.concatenate(loud, axis=1)


def ends(wanted: int, there: int) -> Iterator[int]:
    """Ends of tracks in samples, from 0 until at least `wanted` are covered."""
    wanted = min(wanted, there)
    long = -(-(wanted - FIRST_SAMPLES) // (MOST_TRACKS - 1))
    joint = 0
    yield joint
    while joint < wanted:
        joint = min(there, joint + (max(TRACK_SAMPLES, long) if joint else FIRST_SAMPLES))
        yield joint
