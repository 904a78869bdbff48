"""A session as an auditorium: when so many listen that nobody can be told of each.

Everything that each of n members would be told of each other is n² writes. Beyond a room's
`policy.auditorium_from` its members follow the timeline alone: starts wait for nobody, nobody is
listed, and each reports rarely, so that all together cost the hub what a small room does.
"""

from rooms.room import Policy

REPORTS_PER_S = 20
"""Of an auditorium, all its members together."""
LEAST_PACE_MS = 10_000
LONGEST_PACE_MS = 120_000


def is_auditorium(present: int, policy: Policy) -> bool:
    """Whether a room with so many present is told of them as numbers only."""
    return present > policy.auditorium_from


def report_pace_ms(present: int, policy: Policy) -> int | None:
    """How long a listener waits before his next `playback:report`, in ms; None: as usual.

    >>> report_pace_ms(1_000, Policy())
    50000
    """
    if not is_auditorium(present, policy):
        return None
    return min(LONGEST_PACE_MS, max(LEAST_PACE_MS, present * 1_000 // REPORTS_PER_S))
