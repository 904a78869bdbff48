"""How many times a second does one node answer for a track over REST?"""

from loadtests.crowd import REQUESTS
from loadtests.question import Column, Question, Scenario

QUESTION = Question(
    name="rest_detail",
    asks=__doc__,
    scenarios=(
        Scenario(
            title="GET /api/v1/tracks/{id}, 16 connections",
            mode=REQUESTS,
            members=1,
            options={"clients": 16, "warm": 1, "seconds": 2},
            servers=("hub", "node detail"),
            columns=(
                Column("answered_per_s", "answers/s"),
                Column("cpu_us_per_answer", "CPU µs/answer"),
                Column("p50_ms", "p50 ms", 1),
                Column("p99_ms", "p99 ms", 1),
                Column("cpu_percent", "server CPU %"),
            ),
        ),
    ),
)
"""The peer is Node's own HTTP server with `pg` and one SELECT on the same table: no headers, no
limits, no envelope beyond a field. Each answer is checked to name the track."""
