"""Nodes of a session are killed and frozen: what do its listeners notice, and who drives?"""

import asyncio
import signal
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from msgspec import Struct

from tests.eventually import eventually
from tests.faults.harness.checks import Violation
from tests.faults.harness.figures import Spread, spread
from tests.faults.harness.stage import open_stage
from tests.faults.listening.listener import Listener
from tests.faults.listening.session import Session, open_session
from veza_client import Closed

DOWN_S = 1.0
CALM_S = 1.5
HEIR_WITHIN_S = 20.0
STEP_MS = 20.0
CONTROL_S = 2.0
RATES = (1.001, 1.0)
"""A change that nobody hears: so every step that is seen is the fault's doing."""


class Listened(Struct, frozen=True, kw_only=True):
    """What was measured."""

    kills: int
    step: Spread
    """Largest jump of each listener's player in each kill."""
    apart: Spread
    """How far the first is ahead of the last, at each look."""
    control_back: Spread
    """From the kill of the host's node to the ack of his next command."""
    losses: int
    """Connections that ended."""
    freezes: int
    stale_refused: int
    """Late commands of a host who was replaced while his node was frozen."""
    heir: Spread
    """From the freeze to a new host, known to those on the other nodes."""


async def measure_listening(kills: int, freezes: int, mutant: str | None = None) -> Listened:
    """So many kill -9 of the host's node, then so many freezes of it."""
    async with open_stage(mutant=mutant) as stage, open_session(stage) as session:
        control_s, steps_ms = [], []
        for number in range(kills):
            began_s = time.monotonic()
            control_s.append(await _kill(session, RATES[number % 2]))
            steps_ms += _steps(session, began_s)
        apart_ms = [max(where) - min(where) for _, where in session.samples]
        losses = sum(listener.losses for listener in session.listeners)
        heirs_s, refused = [], 0
        for _ in range(freezes):
            heir_s, was_refused = await _freeze(session)
            heirs_s.append(heir_s)
            refused += was_refused
    return Listened(
        kills=kills,
        step=spread([each / 1000 for each in steps_ms]),
        apart=spread([each / 1000 for each in apart_ms]),
        control_back=spread(control_s),
        losses=losses,
        freezes=freezes,
        stale_refused=refused,
        heir=spread(heirs_s),
    )


def check_listening(measured: Listened) -> list[Violation]:
    """P8."""
    found = []
    if measured.step.p99_ms > STEP_MS:
        found.append(Violation("a step in the music", f"{measured.step.p99_ms} ms"))
    if measured.control_back.p99_ms > 1000 * CONTROL_S:
        found.append(Violation("control is away", f"{measured.control_back.p99_ms} ms"))
    if measured.stale_refused < measured.freezes:
        missed = measured.freezes - measured.stale_refused
        found.append(Violation("a stale host is obeyed", f"{missed} times"))
    return found


async def _kill(session: Session, rate: float) -> float:
    """Seconds until the host, whose node it was, is obeyed again."""
    host = await session.host()
    node = session.stage.nodes[host.node]
    began_s = time.monotonic()
    node.kill()
    ack = await host.ask("playback:play", _command(session, rate=rate))
    took_s = time.monotonic() - began_s
    assert ack["ok"], ack
    await asyncio.sleep(max(0.0, DOWN_S - took_s))  # pace: how long a fault lasts
    node.start()
    await node.wait_ready()
    await session.all_well()
    await _until_all_know(session, ack["seq"])
    await asyncio.sleep(CALM_S)  # pace: of faults
    return took_s


async def _freeze(session: Session) -> tuple[float, bool]:
    """Seconds until there was another host; and whether the old one's late command was refused."""
    await session.spread()
    host = await session.host()
    node = session.stage.nodes[host.node]
    elsewhere = [each for each in session.listeners if each.node != host.node]
    old = host.host_id
    assert host.connection is not None
    began_s = time.monotonic()
    node.send(signal.SIGSTOP)
    try:
        late = asyncio.create_task(_late(host, _command(session)))
        await _until_replaced(elsewhere, old)
        took_s = time.monotonic() - began_s
    finally:
        node.send(signal.SIGCONT)
    ack = await late
    refused = not ack["ok"] and ack["error"]["code"] == "NOT_HOST"
    await session.all_well()
    plays = all(listener.status == "playing" for listener in session.listeners)
    return took_s, refused and plays


async def _late(host: Listener, command: dict[str, Any]) -> dict[str, Any]:
    """What his node says to it when it wakes up; any other, when that one has hung up instead."""
    assert host.connection is not None
    with suppress(Closed):
        return await host.connection.call("playback:pause", command)
    return await host.ask("playback:pause", command)


async def _until_replaced(listeners: Sequence[Listener], old: str) -> None:
    await eventually(lambda: all(listener.host_id != old for listener in listeners), HEIR_WITHIN_S)


async def _until_all_know(session: Session, seq: int) -> None:
    await asyncio.gather(*(listener.until(seq, CONTROL_S * 5) for listener in session.listeners))


def _steps(session: Session, since_s: float) -> list[float]:
    """The largest jump of each player since then, in ms."""
    samples = [sample for sample in session.samples if sample[0] >= since_s]
    largest = [0.0] * len(session.listeners)
    for (from_s, before), (to_s, after) in pairwise(samples):
        passed_ms = 1000 * (to_s - from_s)
        for number, (one, two) in enumerate(zip(before, after, strict=True)):
            largest[number] = max(largest[number], abs(two - one - passed_ms))
    return largest


def _command(session: Session, **fields: Any) -> dict[str, Any]:
    return {"room_id": session.room_id, "op_id": str(uuid.uuid4()), **fields}
