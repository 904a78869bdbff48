"""How many reads and writes of the catalog a second does one node answer, and are they all true?"""

from loadtests.crowd import CATALOG
from loadtests.question import Column, Question, Scenario

_COLUMNS = (
    Column("answered_per_s", "answers/s"),
    Column("p50_ms", "p50 ms", 1),
    Column("p99_ms", "p99 ms", 1),
    Column("cpu_us_per_answer", "CPU µs/answer"),
    Column("cpu_percent", "server CPU %"),
)


def _scenario(people: int, seconds: int) -> Scenario:
    return Scenario(
        title=f"{people} people, 31 requests a round, 15 of them writes",
        mode=CATALOG,
        members=people,
        options={"seconds": seconds},
        servers=("hub",),
        columns=_COLUMNS,
    )


QUESTION = Question(
    name="catalog_crud",
    asks=__doc__,
    scenarios=(_scenario(16, 5),),
    quick=(_scenario(4, 1),),
)
"""Playlists, artists, albums and tracks: made, read, listed, changed, filled, reordered, deleted.
Whoever writes reads it back at once: what is not there, or in another order, is a fault, as is any
answer with another status than the one expected. The clients are Python and have the other core."""
