"""The kinds of trial there are."""

from collections.abc import Mapping

from msgspec import Struct

from tests.faults.harness.presence import GHOST_S, HALF_OPEN_S
from tests.faults.harness.schedule import ALL_KINDS, SILENT


class Profile(Struct, frozen=True):
    """What kind of trouble, how often, and who suffers it."""

    kinds: tuple[str, ...]
    pause_s: float
    """Between two faults, on average."""
    lasts: float = 1.0
    """How long faults last, as a multiple of what `schedule` has for them."""
    people: int = 12
    rooms: int = 2
    rooms_each: int = 2
    """So many of the rooms each person is in."""
    think_s: float = 0.25
    slots: int = 1
    """Messages that each person has under way at once."""
    leavers: int = 0
    """People who stay away for a while when they have lost their connection."""
    ghost_s: float | None = None
    """How long somebody may be shown who is gone; None where the faults are too many for P9."""
    without_redis_ms: float | None = None
    """P6: how long all but one in a hundred events may take while Redis is dead; where nothing else
    is broken."""
    first_ack_ms: float | None = None
    """P6: how soon after PostgreSQL is back somebody is acked; where nothing else is broken."""


PROFILES: Mapping[str, Profile] = {
    "all": Profile(ALL_KINDS, 1.0),
    "soak": Profile(
        ALL_KINDS, 0.8, lasts=0.6, people=12, rooms=6, rooms_each=2, think_s=0.1, slots=8
    ),
    "presence": Profile(
        (*["node kill -9"] * 3, "redis FLUSHALL", "node to redis cut"),
        9.0,
        people=9,
        rooms=1,
        rooms_each=1,
        leavers=3,
        ghost_s=GHOST_S,
    ),
    "silence": Profile(
        (SILENT,), 32.0, people=9, rooms=1, rooms_each=1, leavers=9, ghost_s=HALF_OPEN_S
    ),
    "redis": Profile(("redis kill -9",), 5.0, without_redis_ms=700.0),
    "postgres": Profile(("postgres kill -9",), 4.0, first_ack_ms=2_000.0),
    "drain": Profile(("nodes restarted in turn",), 12.0, people=18, think_s=0.15, slots=4),
}
