"""What happens in a run, and when: everybody starts, one comes later, pauses, resumes and seeks."""

import asyncio
import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

from loadtests.heard.figures import Joining, Turn
from loadtests.heard.host import Host
from loadtests.heard.listeners import Listener
from loadtests.heard.music import Music
from loadtests.heard.recorder import Recording

COMES_AT_S = 12.0
FIRST_PAUSE_AT_S = 32.0
PAUSE_S = 2.0
SEEK_AFTER_S = 14.0
ROUND_S = 60.0
"""A longer run repeats join, pause, resume and seek every minute."""


class Deed(Struct, frozen=True):
    """Something to do, so many seconds after the start."""

    at_s: float
    what: str
    """join, pause, resume, seek."""


class Happened(Struct, frozen=True):
    """What was done, in times of the recording."""

    turns: tuple[Turn, ...]
    joinings: tuple[Joining, ...]


def plan(seconds: float) -> tuple[Deed, ...]:
    """Deeds of a run of that length; the last stretch is left alone."""
    return tuple(deed for deed in _deeds(seconds) if deed.at_s < seconds - 10)


def _deeds(seconds: float) -> Iterator[Deed]:
    begin_s = 0.0
    while begin_s < seconds:
        yield Deed(begin_s + COMES_AT_S, "join")
        yield Deed(begin_s + FIRST_PAUSE_AT_S, "pause")
        yield Deed(begin_s + FIRST_PAUSE_AT_S + PAUSE_S, "resume")
        yield Deed(begin_s + FIRST_PAUSE_AT_S + SEEK_AFTER_S, "seek")
        begin_s += ROUND_S


async def perform(
    host: Host, crowd: Sequence[Listener], music: Music, recording: Recording, seconds: float
) -> Happened:
    """Plays for so many seconds. The last of the crowd stands at the door until it is his time."""
    before = len(host.changes())
    await host.call("playback:play", item_id=host.items[0])
    began_s = time.monotonic()
    late, joinings = crowd[-1], []
    entering: list[asyncio.Task[None]] = []
    for deed in plan(seconds):
        await _sleep_until(began_s + deed.at_s)
        if deed.what == "join":
            joinings.append(Joining(late.number, recording.at(time.time())))
            come = late.come_back if len(joinings) > 1 else late.enter
            entering.append(asyncio.create_task(come()))
        elif deed.what == "pause":
            await host.call("playback:pause")
        elif deed.what == "resume":
            await host.call("playback:play")
        else:
            await host.call("playback:seek", position_ms=_elsewhere_ms(host, music))
    await _sleep_until(began_s + seconds)
    await asyncio.gather(*entering)
    await host.call("playback:pause")
    await asyncio.sleep(1)
    turns = tuple(_turns(host, music, recording, before))
    return Happened(turns, tuple(joinings))


async def _sleep_until(at_s: float) -> None:
    await asyncio.sleep(max(0.0, at_s - time.monotonic()))


def _elsewhere_ms(host: Host, music: Music) -> int:
    """A place of the current track that is far from its end and from where it plays now."""
    now = host.changes()[-1]
    position_ms: float = now["position_ms"] + time.time() * 1_000 - now["at_ms"]
    number = host.items.index(now["item_id"])
    length_ms = _length_s(music, number) * 1_000
    ahead_ms = position_ms + 7_340
    return round(ahead_ms if ahead_ms < length_ms - 8_000 else max(500, position_ms - 11_340))


def _length_s(music: Music, number: int) -> float:
    ends = [*music.starts_s[1:], music.reference.size / 50_000]
    return float(ends[number] - music.starts_s[number])


def _turns(host: Host, music: Music, recording: Recording, before: int) -> Iterator[Turn]:
    changes = host.changes()
    old = changes[before - 1] if before else None
    for change in changes[before:]:
        kind = _kind(old, change)
        old = change
        if kind is None or change["item_id"] is None:
            continue
        at_ms = change["effective_at_ms"]
        into_ms = change["position_ms"]
        if change["status"] == "playing":
            into_ms += at_ms - change["at_ms"]
        start_s = music.starts_s[host.items.index(change["item_id"])]
        yield Turn(kind, recording.at(at_ms / 1_000), start_s + into_ms / 1_000)


def _kind(old: dict[str, object] | None, new: dict[str, object]) -> str | None:
    was = old["status"] if old is not None else None
    if new["status"] != "playing":
        return "pause" if was == "playing" else None
    if was != "playing":
        return "resume" if old is not None and old["item_id"] == new["item_id"] else "start"
    assert old is not None
    return "seek" if old["item_id"] == new["item_id"] else "joint"
