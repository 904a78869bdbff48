"""How many listeners of a live broadcast does one node serve, and how late is what they hear?"""

from loadtests.crowd import LISTENERS
from loadtests.question import Column, Question, Scenario

_COLUMNS = (
    Column("cpu_us_per_answer", "CPU µs/answer", 1),
    Column("answered_per_s", "answers/s"),
    Column("segments_per_s", "segments/s each", 2),
    Column("p50_ms", "p50 ms", 2),
    Column("p99_ms", "p99 ms", 1),
    Column("behind_p50_ms", "behind p50 ms"),
    Column("behind_p95_ms", "p95 ms"),
    Column("cpu_percent", "server CPU %"),
)


def _scenario(title: str, *, seconds: int, clients: int, pace_ms: int) -> Scenario:
    return Scenario(
        title=title,
        mode=LISTENERS,
        members=clients,
        options={"clients": clients, "warm": 3, "seconds": seconds, "pace": pace_ms},
        servers=("hub", "nginx"),
        columns=_COLUMNS,
    )


QUESTION = Question(
    name="live_listeners",
    asks=__doc__,
    scenarios=(
        _scenario("300 listeners, one playlist a second", seconds=10, clients=300, pace_ms=1_000),
        _scenario("16 connections, no pause", seconds=3, clients=16, pace_ms=0),
    ),
    quick=(_scenario("50 listeners, one playlist a second", seconds=5, clients=50, pace_ms=1_000),),
)
"""One broadcast by RTMP, ffmpeg into nginx-rtmp, for both servers. The hub pulls it, makes AAC in
fMP4 of it and checks each listener's token. The peer is nginx-rtmp's own HLS (MPEG-TS) as files.

Sequence numbers may not go back, no segment may be left out, times in segments have to rise.
"behind": from when a segment's last sample was made (EXT-X-PROGRAM-DATE-TIME, which nginx-rtmp
does not tell) to the moment a listener has all of it. Times of the peer's answers are those of
files in the kernel's memory, without a token: the floor.
"""
