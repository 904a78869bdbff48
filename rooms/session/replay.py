"""What a session sounded like, from its log: pure.

Each `playback:changed` opens a line of the shared clock that holds until the next one takes effect.
A play is the part of such a line that sounded.
"""

from collections.abc import Sequence

from msgspec import Struct

from rooms.chat.records import Moment
from rooms.playback.state import Status
from rooms.playback.timeline import Timeline, anchor_at


class Change(Struct, frozen=True, kw_only=True):
    """A `playback:changed` as the log has it."""

    seq: int
    at_ms: int
    """From when it held, Unix ms."""
    item_id: str | None
    track_id: str | None
    status: Status
    position_ms: int
    rate: float


class Play(Struct, frozen=True, kw_only=True):
    """A stretch of one track that everybody heard."""

    seq: int
    """Of the line in the log that began it."""
    item_id: str
    track_id: str
    position_ms: int
    """Where in the track it began."""
    rate: float
    at_ms: int
    """When it began, Unix ms."""
    until_ms: int | None
    """When it ended; null while it still plays."""


def plays_of(changes: Sequence[Change], following: Change | None) -> tuple[Play, ...]:
    """What sounded of these changes, in order.

    Args:
        changes: one after the other, as the log has them.
        following: the change right behind them, which ends the last play; None: there is none.
    """
    ends = [change.at_ms for change in changes[1:]]
    ends_ms: list[int | None] = [*ends, None if following is None else following.at_ms]
    found = []
    for change, until_ms in zip(changes, ends_ms, strict=False):
        if change.status != "playing" or change.item_id is None or change.track_id is None:
            continue
        if until_ms is not None and until_ms <= change.at_ms:
            continue  # another one came before it took effect
        found.append(
            Play(
                seq=change.seq,
                item_id=change.item_id,
                track_id=change.track_id,
                position_ms=change.position_ms,
                rate=change.rate,
                at_ms=change.at_ms,
                until_ms=until_ms,
            )
        )
    return tuple(found)


def moment_at(changes: Sequence[Change], at_ms: int) -> Moment | None:
    """Where in the music a time was; None when nothing had been put on.

    Args:
        changes: one after the other, the one in force at that time among them.
        at_ms: Unix ms.
    """
    held = next((change for change in reversed(changes) if change.at_ms <= at_ms), None)
    if held is None or held.item_id is None:
        return None
    line = Timeline(held.position_ms, held.at_ms, running=held.status == "playing", rate=held.rate)
    return Moment(item_id=held.item_id, position_ms=anchor_at(line, at_ms))
