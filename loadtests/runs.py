"""Puts each scenario on each of its servers, repetition by repetition."""

from collections.abc import Iterator, Mapping

from loadtests.beside import BESIDE, run_beside
from loadtests.crowd import AUDITORIUM, CATALOG, LISTENERS, QUEUE, REQUESTS, Crowd, gather
from loadtests.on_air import PEER_PLAYLIST, broadcast_on_hub
from loadtests.question import Question, Sample, Scenario
from loadtests.rolling.rolls import ROLLING, run_rolling
from loadtests.servers import SERVERS
from loadtests.slow.siege import SLOW, run_slow
from loadtests.stage import Running, Stage

_OWN_RUNS = {BESIDE: run_beside, ROLLING: run_rolling, SLOW: run_slow}
"""Modes of more than one generator: two loads, clients that come back or do not read."""


def run(
    stage: Stage, question: Question, scenario: Scenario, repetitions: int, servers: set[str]
) -> Iterator[Sample]:
    """Yields a sample a server and repetition, of `servers` only unless that is empty.

    Servers follow each other within a repetition, so that a ratio compares runs some seconds apart:
    on a shared machine an hour changes more than most changes to the code do.
    """
    for repetition in range(1, repetitions + 1):
        crowd = gather(stage, scenario)
        for name in scenario.servers:
            if servers and name not in servers:
                continue
            if scenario.mode in _OWN_RUNS:
                figures = _OWN_RUNS[scenario.mode](stage, scenario, crowd)
                yield Sample(question.name, scenario.title, name, repetition, figures)
                continue
            with SERVERS[name](stage, scenario.nodes, crowd.rooms) as running:
                figures = _load(stage, scenario, crowd, running, name)
            yield Sample(question.name, scenario.title, name, repetition, figures)


def _load(
    stage: Stage, scenario: Scenario, crowd: Crowd, running: Running, server: str
) -> dict[str, float]:
    if scenario.mode == LISTENERS:
        return _listen(stage, scenario, crowd, running, server)
    if scenario.mode in (CATALOG, QUEUE):
        return stage.client(scenario.mode, _flags(_people(stage, scenario, crowd, running)))
    if scenario.mode == AUDITORIUM:
        people = _flags(_people(stage, scenario, crowd, running))
        return stage.generate("auditorium", people)
    if scenario.mode != REQUESTS:
        return stage.generate("generator", _options(stage, scenario, crowd, running))
    options: dict[str, object] = {"pids": ",".join(map(str, running.pids)), **scenario.options}
    address = [str(running.ports[0]), f"/api/v1/tracks/{crowd.tracks[0]}"]
    options["expect"] = crowd.tracks[0]
    return stage.generate("requests", [*_flags(options), *address])


def _listen(
    stage: Stage, scenario: Scenario, crowd: Crowd, running: Running, server: str
) -> dict[str, float]:
    options: dict[str, object] = {"pids": ",".join(map(str, running.pids)), **scenario.options}
    port = str(running.ports[0])
    if server != "hub":
        return stage.generate("listeners", [*_flags(options), port, PEER_PLAYLIST])
    options["tokens"] = stage.file("tokens", [person.token for person in crowd.people])
    with broadcast_on_hub(stage, running, crowd.rooms[0], crowd.people[0]) as playlist:
        return stage.generate("listeners", [*_flags(options), port, playlist])


def _people(stage: Stage, scenario: Scenario, crowd: Crowd, running: Running) -> dict[str, object]:
    options: dict[str, object] = {
        "port": running.ports[-1],
        "pids": ",".join(map(str, running.pids)),
        "tokens": stage.file("tokens", [person.token for person in crowd.people]),
        "rooms": stage.file("rooms", crowd.rooms),
        "members": scenario.members,
        **scenario.options,
    }
    if crowd.tracks:
        options["tracks"] = stage.file("tracks", crowd.tracks)
    return options


def _options(stage: Stage, scenario: Scenario, crowd: Crowd, running: Running) -> list[str]:
    options = _people(stage, scenario, crowd, running)
    if scenario.nodes > 1:
        options["speaker-port"] = running.ports[0]
    return [scenario.mode, *_flags(options)]


def _flags(options: Mapping[str, object]) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name}", str(value))]
