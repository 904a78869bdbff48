"""Where a shared playback stands at a given moment: position(t) = position_ms + rate * (t - at_ms).

All of it is integer arithmetic in thousandths of a rate, so that two machines, two languages and a
replay of the log agree to the millisecond. It knows no queue and no room.
"""

from msgspec import Struct

RATE_DIGITS = 3
"""Decimals a shared rate may have; makes `rate * elapsed_ms` a whole number of microseconds."""
_UNIT = 1_000


class Timeline(Struct, frozen=True):
    """One line of the shared clock, in force from `at_ms` on."""

    position_ms: int
    """Position in the track at `at_ms`, and before it: the line does not reach into the past."""
    at_ms: int
    """Unix ms of the server's clock."""
    running: bool
    """False: the position stands still."""
    rate: float = 1.0
    """Track ms per server ms, at most `RATE_DIGITS` decimals."""
    duration_ms: int | None = None
    """Length of the track, where the line stops; None when it is not known."""


def position_at(line: Timeline, t_ms: float) -> float:
    """Position in ms at server time `t_ms`, exact to a microsecond.

    >>> position_at(Timeline(1_000, at_ms=5_000, running=True, rate=1.25), 5_100)
    1125.0
    """
    position_ms = line.position_ms + _units(line) * max(0.0, t_ms - line.at_ms) / _UNIT
    return position_ms if line.duration_ms is None else min(position_ms, float(line.duration_ms))


def anchor_at(line: Timeline, t_ms: int) -> int:
    """Position at `t_ms` as the whole ms a new line may begin with.

    Rounded up, so that a listener who goes over to the new line never hears anything twice; it is
    less than 1 ms away from `position_at`, and equal to it at rate 1.
    """
    position_ms = line.position_ms - (-_units(line) * max(0, t_ms - line.at_ms) // _UNIT)
    return position_ms if line.duration_ms is None else min(position_ms, line.duration_ms)


def end_at(line: Timeline) -> int | None:
    """First whole ms at which the line has reached `duration_ms`.

    None while it stands still, or when the duration is not known.
    """
    if not line.running or line.duration_ms is None:
        return None
    left_ms = max(0, line.duration_ms - line.position_ms)
    return line.at_ms - (-left_ms * _UNIT // _units(line))


def _units(line: Timeline) -> int:
    """Thousandths of a track ms that pass with each ms of the clock."""
    return round(line.rate * _UNIT) if line.running else 0
