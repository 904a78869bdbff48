"""How many edits a second does one queue take from many at once, and do all end with the same?"""

from loadtests.crowd import QUEUE
from loadtests.question import Column, Question, Scenario

_COLUMNS = (
    Column("answered_per_s", "edits/s"),
    Column("p50_ms", "ack p50 ms", 1),
    Column("p99_ms", "ack p99 ms", 1),
    Column("cpu_us_per_answer", "CPU µs/edit"),
    Column("cpu_percent", "server CPU %"),
)


def _scenario(members: int, seconds: int, in_flight: int = 1) -> Scenario:
    return Scenario(
        title=f"{members} members of one room, {members * in_flight} edits under way",
        mode=QUEUE,
        members=members,
        options={"seconds": seconds, "in-flight": in_flight},
        servers=("hub",),
        columns=_COLUMNS,
    )


QUESTION = Question(
    name="queue_contention",
    asks=__doc__,
    scenarios=(_scenario(16, 5), _scenario(16, 5, 4)),
    quick=(_scenario(4, 1),),
)
"""Adds, moves, votes and removals at random, on disk before their ack (fsync on), each told to all
members. Everybody's events are folded as a client folds them, with the hub's hash of the queue
compared at every twentieth; all have to end with the hub's own order, and every acked item has to
have been told once. The clients are Python and have the other core."""
