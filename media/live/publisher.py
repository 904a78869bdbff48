"""What a broadcast needs of whoever sends its sound, be it by WebRTC or by RTMP."""

from typing import Protocol

from media.live.sound_line import Sound


class PeerGone(Exception):
    """The publisher is not there: he never came, or has left."""


class Publisher(Protocol):
    """One connection of a broadcaster."""

    async def connected(self) -> None:
        """Waits until sound can come. Raises `PeerGone` when it cannot."""
        ...

    async def receive(self) -> tuple[int, Sound]:
        """The next piece: number of its first sample, and the sound. Raises `PeerGone`."""
        ...

    async def close(self) -> None:
        """Lets him go; twice is fine."""
        ...
