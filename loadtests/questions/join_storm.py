"""How fast do thousands come back after a node has gone: token, snapshot, live?"""

from loadtests.question import Column, Goal, Question, Scenario

_COLUMNS = (
    Column("connects_per_s", "joins/s"),
    Column("ready_p50_ms", "join p50 ms", 1),
    Column("ready_p99_ms", "join p99 ms", 1),
    Column("cpu_us_per_connect", "CPU us a join"),
    Column("kb_per_client", "KB a client", 1),
    Column("leave_s", "gone after s", 1),
)


def _scenario(rooms: int, members: int) -> Scenario:
    return Scenario(
        title=f"{rooms} rooms of {members}, 64 joining at once",
        mode="join",
        rooms=rooms,
        members=members,
        options={"warm": 1, "seconds": 2},
        servers=("hub", "node"),
        columns=_COLUMNS,
    )


def _connects(clients: int) -> Scenario:
    return Scenario(
        title=f"{clients:,} connect, 64 at once",
        mode="idle",
        members=clients,
        belong=False,
        options={"warm": 0.5, "seconds": 0.5},
        servers=("hub", "node", "floor batch"),
        columns=_COLUMNS,
        goals=(Goal("node", 2.5, 3.5),),
    )


QUESTION = Question(
    name="join_storm",
    asks=__doc__,
    scenarios=(_connects(2_000), _scenario(100, 20), _scenario(10, 100)),
    quick=(_connects(500), _scenario(25, 20)),
)
"""The peers check no token and send no snapshot: their figures are what a bare connection costs."""
