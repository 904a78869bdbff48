"""How many hear one session on one node, how closely do they start, and what does it cost?"""

from loadtests.crowd import AUDITORIUM
from loadtests.question import Column, Question, Scenario

_COLUMNS = (
    Column("cpu_percent", "server CPU %", 1),
    Column("resident_mb", "resident MB"),
    Column("kb_per_client", "kB/listener", 1),
    Column("skew_p50_ms", "skew p50 ms", 2),
    Column("skew_p99_ms", "p99 ms", 2),
    Column("late_longest_ms", "latest ms", 1),
    Column("ahead_p50_ms", "ahead p50 ms"),
    Column("widest_ms", "first to last ms"),
    Column("ack_p50_ms", "ack p50 ms", 1),
    Column("ack_p99_ms", "ack p99 ms", 1),
    Column("reports_per_s", "reports/s"),
    Column("pings_per_s", "clock/s"),
    Column("others_per_client_s", "other events/s each", 2),
)


def _scenario(members: int, seconds: int, warm: int) -> Scenario:
    return Scenario(
        title=f"{members:,} listeners of one session",
        mode=AUDITORIUM,
        members=members,
        belong=True,
        options={"seconds": seconds, "warm": warm},
        servers=("hub",),
        columns=_COLUMNS,
    )


QUESTION = Question(
    name="auditorium",
    asks=__doc__,
    scenarios=(_scenario(1_000, 20, 12), _scenario(5_000, 30, 15)),
    quick=(_scenario(300, 3, 4),),
)
"""All are members, follow the room, measure the hub's clock every 10 s and report where they are
when the hub has told them to. The first plays, pauses and seeks in turn, once in 2 s. Skew is how
long after its moment a change came to a listener, and the error of his clock on top. The listeners
share one core and the hub has the other."""
