"""What will go wrong and when, all of it from one number."""

import random
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

EDGES = ("node to postgres", "node to redis", "client to node")
SILENT = "client to node silent"
"""A network that died without a word, for so long that it matters: not among the usual ones."""
EDGE_KINDS = ("cut", "reset", "stall", "slow", "half-open", "half-close", "slices")

NODE_KINDS = ("node kill -9", "node SIGSTOP", "node SIGTERM", "nodes restarted in turn")
POSTGRES_KINDS = (
    "postgres kill -9",
    "postgres restart",
    "postgres SIGSTOP",
    "postgres backend kill -9",
    "postgres backend SIGSTOP",
    "postgres backends terminated",
    "postgres queries cancelled",
    "postgres room row locked",
    "postgres disk refuses",
)
REDIS_KINDS = (
    "redis kill -9",
    "redis SIGSTOP",
    "redis FLUSHALL",
    "redis CLIENT KILL pubsub",
    "redis CLIENT KILL normal",
    "redis CLIENT PAUSE",
    "redis maxmemory 1 MB",
)
ALL_KINDS = (
    *NODE_KINDS,
    *POSTGRES_KINDS,
    *REDIS_KINDS,
    *(f"{edge} {kind}" for edge in EDGES for kind in EDGE_KINDS),
)

_LASTS_S: Mapping[str, tuple[float, float]] = {
    "node kill -9": (0.2, 1.5),
    "node SIGSTOP": (0.5, 5.0),
    "node SIGTERM": (0.0, 0.0),
    "postgres kill -9": (0.1, 1.5),
    "postgres restart": (0.0, 0.5),
    "postgres SIGSTOP": (0.3, 3.0),
    "redis kill -9": (0.1, 4.0),
    "redis SIGSTOP": (0.3, 4.0),
    SILENT: (21.0, 23.0),
}
_OTHERS_LAST_S = (0.2, 3.0)

# What cannot be at the same time: two of one thing, and too much of a good thing.
_GROUPS: Mapping[str, str] = {
    **dict.fromkeys(NODE_KINDS, "node"),
    **dict.fromkeys(POSTGRES_KINDS, "postgres"),
    **dict.fromkeys(REDIS_KINDS, "redis"),
}


class Fault(Struct, frozen=True):
    """One thing that goes wrong."""

    at_s: float
    """After the trial's begin."""
    kind: str
    target: int
    """Number of a node, or of a backend, where the kind has one."""
    lasts_s: float

    @property
    def group(self) -> str:
        """Faults of one group come one after the other."""
        return _GROUPS.get(self.kind) or f"{self.kind.rpartition(' ')[0]} {self.target}"


def make_schedule(
    seed: int | str,
    seconds: float,
    nodes: int,
    *,
    kinds: Iterable[str] = ALL_KINDS,
    pause_s: float,
    lasts: float = 1.0,
) -> list[Fault]:
    """Faults for so many seconds, `pause_s` apart on average; each kind before any comes again.

    `lasts` makes all of them last so many times as long. The numbers come from streams of their
    own, so that a new kind does not shift the others' times.
    """
    times = random.Random(f"{seed}:times")  # noqa: S311
    choice = random.Random(f"{seed}:kinds")  # noqa: S311
    free_at_s: dict[str, float] = {}
    bag: list[str] = []
    faults: list[Fault] = []
    at_s = 1.0
    while at_s < seconds:
        if not bag:
            bag = list(kinds)
            choice.shuffle(bag)
        kind, target = bag.pop(), choice.randrange(nodes)
        lasts_s = round(lasts * choice.uniform(*_LASTS_S.get(kind, _OTHERS_LAST_S)), 2)
        fault = Fault(round(at_s, 2), kind, target, lasts_s)
        begins_s = max(at_s, free_at_s.get(fault.group, 0.0))
        if begins_s < seconds:
            fault = msgspec.structs.replace(fault, at_s=round(begins_s, 2))
            free_at_s[fault.group] = begins_s + lasts_s + 0.3
            faults.append(fault)
        at_s += times.uniform(0.5, 1.5) * pause_s
    return sorted(faults, key=lambda each: each.at_s)


def as_lines(faults: Iterable[Fault]) -> str:
    """JSON lines, to be printed and read back."""
    return "\n".join(msgspec.json.encode(fault).decode() for fault in faults)


def from_lines(text: str) -> list[Fault]:
    """What `as_lines` wrote."""
    return [msgspec.json.decode(line, type=Fault) for line in text.splitlines() if line.strip()]
