"""The hub's clock as a client knows it: by exchanges, of which the quickest count."""

import asyncio
import time

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
from veza_client.connection import Connection

FIRST_PAUSE_S = 0.05
BURST = 4
BURST_EVERY_S = 2.5
"""As the web client's clock has it (web/packages/client/src/clock/clock.ts)."""
ANSWER_WITHIN_S = 4.0


class Clock:
    """Maps this machine's clock to the hub's; what it has learned outlives a connection."""

    def __init__(self) -> None:
        self._window: tuple[Sample, ...] = ()
        self._fit: ClockFit | None = None

    @property
    def is_known(self) -> bool:
        """True after its first exchanges."""
        return len(self._window) >= FIRST_EXCHANGES

    def hub_ms(self, local_s: float) -> float:
        """The hub's time at a moment of `time.monotonic`; before any exchange that moment."""
        return 1000 * local_s if self._fit is None else hub_time(self._fit, 1000 * local_s)

    async def keep(self, connection: Connection) -> None:
        """Asks again and again, as the web client does.

        Raises:
            Closed: the connection has ended.
            TimeoutError: nobody answers.
        """
        for _ in range(FIRST_EXCHANGES):
            await self.exchange(connection)
            await asyncio.sleep(FIRST_PAUSE_S)
        while True:
            for _ in range(BURST):
                await self.exchange(connection)
            await asyncio.sleep(BURST_EVERY_S)

    async def exchange(self, connection: Connection) -> None:
        """Asks once; raises as `keep`."""
        t0 = 1000 * time.monotonic()
        async with asyncio.timeout(ANSWER_WITHIN_S):
            ack = await connection.call("clock:ping", {"t0": t0})
        t3 = 1000 * time.monotonic()
        if ack["ok"]:
            told = Exchange(t0, ack["data"]["t1"], ack["data"]["t2"], t3)
            self._window = keep(self._window, sample_of(told))
            self._fit = fit(self._window, t3)
