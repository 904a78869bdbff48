"""A listener with a virtual player: where it would be in the music, by what it has been told."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rooms.playback.clock_sync import (
    FIRST_EXCHANGES,
    ClockFit,
    Exchange,
    Sample,
    fit,
    hub_time,
    keep,
    sample_of,
)
from rooms.playback.timeline import Timeline, position_at
from tests.faults.harness.follower import ACK_WITHIN_S, Follower
from tests.faults.harness.wire import Closed, Wire

FIRST_PAUSE_S = 0.05
BURST = 4
BURST_EVERY_S = 2.5
"""As the web client's clock has it (web/packages/client/src/clock.ts)."""


class Listener(Follower):
    """Follows a room's playback; its clock is that of this machine and knows the hub's."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.host_id = ""
        self.status = ""
        self._lines: list[tuple[float, Timeline]] = []
        self._window: tuple[Sample, ...] = ()
        self._fit: ClockFit | None = None

    @property
    def knows_time(self) -> bool:
        """True after its first exchanges."""
        return len(self._window) >= FIRST_EXCHANGES

    def position_ms(self, local_s: float) -> float:
        """Where its player is at this moment of the local clock."""
        hub_ms = 1000 * local_s if self._fit is None else hub_time(self._fit, 1000 * local_s)
        begun = [line for since_ms, line in self._lines if since_ms <= hub_ms]
        return position_at(begun[-1] if begun else self._lines[0][1], hub_ms)

    def start_over(self, snapshot: Mapping[str, Any]) -> None:
        """Takes the playback of a snapshot."""
        self.host_id = snapshot["playback"]["host_id"] or snapshot["room"]["creator_id"]
        self._lines.clear()
        self._change(snapshot["playback"])

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        """Takes what changes the playback."""
        if name == "playback:changed":
            self._change(event["data"])
        elif name == "host:changed":
            self.host_id = event["data"]["to"]

    async def keep_time(self) -> None:
        """Asks for the hub's time, as the web client does, until cancelled."""
        while True:
            await self.is_up.wait()
            assert self.wire is not None
            with suppress(Closed, TimeoutError):
                for _ in range(FIRST_EXCHANGES):
                    await self._exchange(self.wire)
                    await asyncio.sleep(FIRST_PAUSE_S)  # pace: of the web client
                while True:
                    for _ in range(BURST):
                        await self._exchange(self.wire)
                    await asyncio.sleep(BURST_EVERY_S)  # pace: of the web client
            await asyncio.sleep(FIRST_PAUSE_S)  # pace: of coming back

    def _change(self, playback: Mapping[str, Any]) -> None:
        self.status = playback["status"]
        line = Timeline(
            playback["position_ms"],
            playback["at_ms"],
            running=self.status == "playing",
            rate=playback["rate"],
        )
        self._lines.append((playback["effective_at_ms"], line))

    async def _exchange(self, wire: Wire) -> None:
        t0 = 1000 * time.monotonic()
        async with asyncio.timeout(ACK_WITHIN_S):
            ack = await wire.call("clock:ping", {"t0": t0})
        t3 = 1000 * time.monotonic()
        if ack["ok"]:
            told = Exchange(t0, ack["data"]["t1"], ack["data"]["t2"], t3)
            self._window = keep(self._window, sample_of(told))
            self._fit = fit(self._window, t3)
