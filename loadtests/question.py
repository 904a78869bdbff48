"""What a load test asks: its scenarios, what is read off them, and what would be good enough."""

from msgspec import Struct


class Column(Struct, frozen=True):
    """One figure of a run, as it stands in the table."""

    figure: str
    """Its name in what the generator prints."""
    title: str
    digits: int = 0


class Goal(Struct, frozen=True):
    """How the hub should stand beside another server, as a ratio of the scenario's first column.

    When `at_least` is greater than `aim`, less is better.
    """

    against: str
    at_least: float
    aim: float


class Scenario(Struct, frozen=True, kw_only=True):
    """One load, put on each of the servers in turn."""

    title: str
    mode: str
    """Of the generator."""
    rooms: int = 1
    members: int
    """Clients a room."""
    belong: bool = True
    """Whether the clients are members of their rooms; else the room is public and they look in."""
    options: dict[str, int | float] = {}
    """Further options of the generator, such as `in-flight`."""
    servers: tuple[str, ...]
    """Names from `servers.SERVERS`; the hub first."""
    nodes: int = 1
    """With 2, events are said on the first and heard on the second."""
    columns: tuple[Column, ...]
    """The first one is what ratios are made of."""
    goals: tuple[Goal, ...] = ()


class Question(Struct, frozen=True):
    """One question with its scenarios."""

    name: str
    asks: str
    scenarios: tuple[Scenario, ...]
    quick: tuple[Scenario, ...] = ()
    """The same, smaller; the full ones when empty."""


class Sample(Struct, frozen=True):
    """What one run of one server gave."""

    question: str
    scenario: str
    server: str
    repetition: int
    figures: dict[str, float]


FAULTS = ("refused", "strange", "disordered", "doubled", "missing", "lost")
"""Figures that have to be 0: refused calls, acks of nothing, wrong order, doubles, holes, sockets
lost."""
