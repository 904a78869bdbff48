"""What do members who never read cost the node and the others?"""

from loadtests.question import Column, Question, Scenario
from loadtests.slow.siege import SLOW


def _scenario(slow: int, seconds: float) -> Scenario:
    healthy = 20
    return Scenario(
        title=f"{healthy} talk, 100 messages of 4 KB a second, beside {slow} who do not read",
        mode=SLOW,
        members=healthy + slow,
        options={"healthy": healthy, "rate": 100, "seconds": seconds},
        servers=("hub",),
        columns=(
            Column("p99_ms", "ack p99 ms", 1),
            Column("alone_p99_ms", "p99 alone", 1),
            Column("p50_ms", "p50 ms", 1),
            Column("cpu_us", "CPU us an ack"),
            Column("alone_cpu_us", "CPU us alone"),
            Column("grown_mb", "memory + MB", 1),
            Column("cut", "cut"),
            Column("still_there", "left"),
            Column("acked", "acked"),
        ),
    )


QUESTION = Question(
    name="slow_readers",
    asks=__doc__,
    scenarios=(_scenario(300, 120),),
    quick=(_scenario(100, 15),),
)
"""A quarter each is silent, answers pings blindly, reads 1 KB a second, and asks without reading
the answers; each is a socket whose kernel takes 4 KB. `missing`, `doubled`, `disordered` are the
healthy members'; `lost` counts what slow ones who came back by seq did not get, too."""
