"""Does a room of thousands make small rooms wait?"""

from loadtests.beside import BESIDE
from loadtests.question import Column, Question, Scenario


def _scenario(large: int, large_rate: float) -> Scenario:
    return Scenario(
        title=f"20 rooms of 10, 100 events/s, beside {large:,} and {large_rate:.0f} events/s",
        mode=BESIDE,
        rooms=20,
        members=10,
        belong=False,
        options={"large": large, "large_rate": large_rate, "rate": 100, "seconds": 4},
        servers=("hub",),
        columns=(
            Column("p99_ms", "p99 ms", 1),
            Column("alone_p99_ms", "p99 alone", 1),
            Column("p50_ms", "p50 ms", 1),
            Column("alone_p50_ms", "p50 alone", 1),
            Column("longest_ms", "longest ms", 1),
            Column("large_p99_ms", "large p99 ms", 1),
            Column("large_per_s", "large delivered/s"),
            Column("cpu_percent", "server CPU %"),
        ),
    )


QUESTION = Question(
    name="small_rooms",
    asks=__doc__,
    scenarios=(_scenario(5_000, 2),),
    quick=(_scenario(2_000, 2),),
)
"""A broadcast to 5,000 takes some 25 ms of write(2). The loop is given back after 1,024 of them
(`hub/engine/delivery.py`), so that a small room's event waits for one slice and not for all. Both
generators share a core: what the large room's clients read there delays the small rooms' clocks,
and stands in their p99."""
