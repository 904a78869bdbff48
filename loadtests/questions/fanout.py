"""How many ephemeral events a second does one node deliver, and how late are they?"""

from loadtests.question import Column, Goal, Question, Scenario

_SPEED = (
    Column("delivered_per_s", "delivered/s"),
    Column("delivered_per_cpu_s", "per CPU s"),
    Column("p50_ms", "p50 ms", 1),
    Column("p99_ms", "p99 ms", 1),
    Column("cpu_percent", "server CPU %"),
    Column("generator_cpu_percent", "generator CPU %"),
)
_LATENESS = (
    Column("p99_ms", "p99 ms", 1),
    Column("p50_ms", "p50 ms", 1),
    Column("delivered_per_s", "delivered/s"),
    Column("cpu_percent", "server CPU %"),
)
_SERVERS = ("hub", "node", "floor each", "floor batch")


def _closed(
    title: str, rooms: int, members: int, window: int, goal: Goal, *, nodes: int = 1
) -> Scenario:
    """`window` events a room are on their way: how many can be written together depends on it."""
    return Scenario(
        title=f"{title}, W={window}",
        mode="fanout",
        rooms=rooms,
        members=members,
        belong=False,
        options={"window": window, "warm": 1, "seconds": 2},
        servers=_SERVERS if nodes == 1 else _SERVERS[:2],
        nodes=nodes,
        columns=_SPEED,
        goals=(goal,),
    )


def _steady(members: int, rate: float, goal: Goal) -> Scenario:
    """Latency counts from when an event was due, so a stall counts for all that it delayed."""
    return Scenario(
        title=f"{members:,} in a room, {rate * members:,.0f} deliveries/s",
        mode="steady",
        members=members,
        belong=False,
        options={"rate": rate, "warm": 1, "seconds": 3},
        servers=_SERVERS,
        columns=_LATENESS,
        goals=(goal,),
    )


QUESTION = Question(
    name="fanout",
    asks=__doc__,
    scenarios=(
        _closed("1,000 in a room", 1, 1_000, 1, Goal("node", 1.6, 2)),
        _closed("1,000 in a room", 1, 1_000, 8, Goal("node", 5, 7)),
        _closed("5,000 in a room", 1, 5_000, 8, Goal("node", 6, 8)),
        _closed("200 rooms of 10", 200, 10, 8, Goal("node", 2.5, 4.5)),
        _closed("two nodes, 100 in a room", 1, 100, 8, Goal("node", 4, 6), nodes=2),
        _steady(1_000, 9.5, Goal("node", 0.7, 0.5)),
    ),
    quick=(
        _closed("1,000 in a room", 1, 1_000, 8, Goal("node", 5, 7)),
        _closed("200 rooms of 10", 200, 10, 8, Goal("node", 2.5, 4.5)),
        _closed("two nodes, 100 in a room", 1, 100, 8, Goal("node", 4, 6), nodes=2),
    ),
)
"""`stream:ack` of one member becomes `delivered:updated` for all: token, subscription, schema and
limits on the way in, Redis between, no PostgreSQL."""
