"""How exact is the clock that music is kept in step by?"""

from loadtests.question import Column, Question, Scenario

QUESTION = Question(
    name="clock_rtt",
    asks=__doc__,
    scenarios=(
        Scenario(
            title="50 clients, each 10 clock:ping a second",
            mode="clock",
            members=50,
            belong=False,
            options={"rate": 10, "warm": 1, "seconds": 3},
            servers=("hub", "node", "floor batch"),
            columns=(
                Column("p50_ms", "round trip p50 ms", 2),
                Column("p99_ms", "round trip p99 ms", 2),
                Column("offset_error_p50_ms", "offset error p50 ms", 3),
                Column("offset_error_p99_ms", "offset error p99 ms", 3),
                Column("cpu_percent", "server CPU %"),
            ),
        ),
    ),
)
"""Both ends read the same clock here, so the offset that an exchange estimates is its error."""
