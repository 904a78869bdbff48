"""How many messages a second does one node put on disk, ack and deliver?"""

from loadtests.question import Column, Goal, Question, Scenario

_COLUMNS = (
    Column("acked_per_s", "acked/s"),
    Column("p50_ms", "ack p50 ms", 1),
    Column("p99_ms", "ack p99 ms", 1),
    Column("delivered_per_s", "delivered/s"),
    Column("cpu_percent", "server CPU %"),
)
_SERVERS = ("hub", "node tx", "node group", "floor batch")


def _scenario(
    title: str, rooms: int, in_flight: int, goals: tuple[Goal, ...], *, seconds: float = 2
) -> Scenario:
    return Scenario(
        title=title,
        mode="chat",
        rooms=rooms,
        members=20,
        options={"in-flight": in_flight, "warm": 1, "seconds": seconds},
        servers=_SERVERS,
        columns=_COLUMNS,
        goals=goals,
    )


_ONE = (Goal("node tx", 10, 20), Goal("node group", 2.5, 5))
_HUNDRED = (Goal("node tx", 2.5, 4),)

QUESTION = Question(
    name="chat_durable",
    asks=__doc__,
    scenarios=(
        _scenario("1 room × 20 members, 50 in flight", 1, 50, _ONE),
        _scenario("100 rooms × 20 members, 200 in flight", 100, 200, _HUNDRED),
    ),
    quick=(
        _scenario("1 room × 20 members, 50 in flight", 1, 50, _ONE, seconds=1),
        _scenario("100 rooms × 20 members, 200 in flight", 100, 200, _HUNDRED, seconds=1),
    ),
)
"""Messages of 160 bytes, fsync on. Every ack is checked to name a seq of its own, every member to
get every acked message once and in order."""
