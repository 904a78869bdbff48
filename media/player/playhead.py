"""Where a listener is who says nothing but play, pause and seek: by the clock. Pure."""

from msgspec import Struct

AHEAD_MS = 12_000
"""So much is sent ahead of the position: about three chunks."""


class Playhead(Struct, frozen=True):
    """A position that moves with time while it runs."""

    position_ms: int = 0
    at_ms: int = 0
    """When it was there, on any clock that does not jump."""
    is_running: bool = False

    def position_at(self, now_ms: int) -> int:
        """Where it is now."""
        return self.position_ms + (now_ms - self.at_ms if self.is_running else 0)

    def wait_ms(self, start_ms: int, now_ms: int, ahead_ms: int = AHEAD_MS) -> int:
        """How long until what starts at `start_ms` should be sent; 0: now."""
        return max(0, start_ms - ahead_ms - self.position_at(now_ms))

    def started(self, position_ms: int, now_ms: int) -> "Playhead":
        """The same, running from a position on."""
        return Playhead(position_ms, now_ms, is_running=True)

    def moved(self, position_ms: int, now_ms: int) -> "Playhead":
        """The same elsewhere; it goes on if it ran."""
        return Playhead(position_ms, now_ms, self.is_running)

    def paused(self, now_ms: int) -> "Playhead":
        """The same, standing where it is."""
        return Playhead(self.position_at(now_ms), now_ms, is_running=False)
