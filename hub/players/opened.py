"""A player of a socket, and until when it stays without being used."""

import asyncio
import time

from msgspec import Struct

from hub import wire
from hub.door.sessions import Session
from media.player.player import Player
from rooms.times import iso

IDLE_MS = 30 * 60_000
"""A player of whom nothing is asked for so long is closed."""
CHECK_EVERY_MS = 60_000
"""How often the hub asks again whether a listener may hear his track."""


class Patience(Struct, frozen=True):
    """How long a player goes without being used, and without its listener being asked about."""

    idle_ms: int = IDLE_MS
    check_every_ms: int = CHECK_EVERY_MS


PATIENCE = Patience()


class Opened:
    """A player and whose it is. `touch` when its listener asks for something."""

    def __init__(
        self, player_id: str, session: Session, track_id: str, player: Player, patience: Patience
    ) -> None:
        self._patience = patience
        self.id = player_id
        self.session = session
        self.track_id = track_id
        self.player = player
        self.feeder: asyncio.Task[None] | None = None
        self._checked_ms = self._touched_ms = _now_ms()

    @property
    def expires_at(self) -> str:
        """When it ends if nothing is asked of it, as ISO 8601."""
        return iso(self._touched_ms + self._patience.idle_ms)

    @property
    def is_idle(self) -> bool:
        """Whether nobody has used it for so long that it may go."""
        return self._touched_ms + self._patience.idle_ms <= _now_ms()

    @property
    def is_unchecked(self) -> bool:
        """Whether it is time to ask again who may hear it."""
        return self._checked_ms + self._patience.check_every_ms <= _now_ms()

    def touch(self) -> None:
        """It is in use."""
        self._touched_ms = _now_ms()

    def checked(self) -> None:
        """Its listener may hear it, as of now."""
        self._checked_ms = _now_ms()

    def tell(self, name: str, data: Struct) -> None:
        """One event about it, to its socket."""
        self.session.send(wire.event_frame(name, wire.encode(data)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
