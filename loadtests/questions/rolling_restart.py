"""What do people notice while every node is replaced, one after another, under load?"""

from loadtests.question import Column, Question, Scenario
from loadtests.rolling.rolls import ROLLING


def _scenario(rooms: int, members: int, rate: float, rolls: int) -> Scenario:
    clients = rooms * members
    return Scenario(
        title=f"{clients} in rooms of {members}, {rate:.0f} msg/s, {rolls} × 3 nodes",
        mode=ROLLING,
        rooms=rooms,
        members=members,
        options={"rate": rate, "rolls": rolls},
        servers=("hub",),
        nodes=3,
        columns=(
            Column("longest_gap_ms", "longest gap ms"),
            Column("gap_p99_ms", "gap p99 ms"),
            Column("exit_s", "exit s", 1),
            Column("restarts", "restarts"),
            Column("moved", "moves"),
            Column("acked", "acked"),
            Column("unanswered", "not done"),
            Column("draining", "SERVER_DRAINING"),
        ),
    )


QUESTION = Question(
    name="rolling_restart",
    asks=__doc__,
    scenarios=(_scenario(20, 10, 100, 3),),
    quick=(_scenario(10, 6, 60, 1),),
)
"""Every tenth member comes by long-polling. A gap goes from the end of a connection to hearing the
room again. `lost` among the faults: messages in the log whose sender was never told, and the other
way round; `not done`: calls that were on their way when a connection ended, and were never done."""
