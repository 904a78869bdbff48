"""Small rooms alone, and beside a room that is large enough to hold up a loop: the run itself."""

import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from loadtests.crowd import Crowd, gather
from loadtests.question import FAULTS, Scenario
from loadtests.servers import hub
from loadtests.stage import READY_WITHIN_S, Running, Stage

BESIDE = "beside"
"""Mode of the scenarios with two loads on one node."""
_LARGE_LASTS_S = 20.0
"""Longer than the small rooms are measured for."""


def run_beside(stage: Stage, scenario: Scenario, crowd: Crowd) -> dict[str, float]:
    """Figures of the small rooms, alone and beside a room of option `large` members.

    Option `rate` is the events a second of all small rooms together, `large_rate` of the large one.
    """
    members = int(scenario.options["large"])
    large = replace(scenario, mode="steady", rooms=1, members=members, belong=False)
    many, others = gather(stage, large), gather(stage, scenario)
    timing: dict[str, object] = {"warm": 1, "seconds": scenario.options["seconds"]}
    with hub(stage, 1, crowd.rooms) as running, ThreadPoolExecutor(1) as pool:
        timing["rate"] = scenario.options["rate"]
        first = _options(stage, "first", scenario.members, others, running)
        alone = stage.generate("generator", ["steady", *_flags(first | timing)])
        wide = _options(stage, "large", members, many, running)
        wide |= {"warm": 1, "seconds": _LARGE_LASTS_S, "rate": scenario.options["large_rate"]}
        broadcasting = pool.submit(stage.generate, "generator", ["steady", *_flags(wide)])
        _wait_for_sockets(running.ports[0], members)
        small = _options(stage, "small", scenario.members, crowd, running)
        beside = stage.generate("generator", ["steady", *_flags(small | timing)])
        during = broadcasting.result()
    figures = {name: beside[name] + alone[name] + during[name] for name in FAULTS}
    return figures | {
        "p99_ms": beside["p99_ms"],
        "p50_ms": beside["p50_ms"],
        "alone_p99_ms": alone["p99_ms"],
        "alone_p50_ms": alone["p50_ms"],
        "longest_ms": beside["longest_ms"],
        "large_p99_ms": during["p99_ms"],
        "large_per_s": during["delivered_per_s"],
        "cpu_percent": beside["cpu_percent"],
    }


def _options(
    stage: Stage, name: str, members: int, crowd: Crowd, running: Running
) -> dict[str, object]:
    return {
        "port": running.ports[0],
        "pids": ",".join(map(str, running.pids)),
        "tokens": stage.file(f"tokens-{name}", [person.token for person in crowd.people]),
        "rooms": stage.file(f"rooms-{name}", crowd.rooms),
        "members": members,
    }


def _flags(options: dict[str, object]) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name}", str(value))]


def _wait_for_sockets(port: int, count: int) -> None:
    """Until so many are connected, and a moment more: they follow their room by then."""
    give_up_at = time.monotonic() + READY_WITHIN_S
    while _sockets(port) < count:
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"{count} sockets did not connect")
        time.sleep(0.1)
    time.sleep(2)


def _sockets(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith("veza_hub_sessions ")).split()[1])
