"""A listener with a virtual player: where it would be in the music, by what it has been told."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rooms.playback.timeline import Timeline, position_at
from veza_client import Clock, Closed, Follower

COMES_BACK_S = 0.05


class Listener(Follower):
    """Follows a room's playback; its clock is that of this machine and knows the hub's."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.host_id = ""
        self.status = ""
        self._lines: list[tuple[float, Timeline]] = []
        self._clock = Clock()

    @property
    def knows_time(self) -> bool:
        """True after its first exchanges."""
        return self._clock.is_known

    def position_ms(self, local_s: float) -> float:
        """Where its player is at this moment of the local clock."""
        hub_ms = self._clock.hub_ms(local_s)
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
            assert self.connection is not None
            with suppress(Closed, TimeoutError):
                await self._clock.keep(self.connection)
            await asyncio.sleep(COMES_BACK_S)  # pace: of coming back

    def _change(self, playback: Mapping[str, Any]) -> None:
        self.status = playback["status"]
        line = Timeline(
            playback["position_ms"],
            playback["at_ms"],
            running=self.status == "playing",
            rate=playback["rate"],
        )
        self._lines.append((playback["effective_at_ms"], line))
