"""What a broadcast needs of whoever sends its sound, be it by WebRTC or by RTMP."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from media.live.sound_line import Sound
from storage.live.live import LiveRow


class Credential(Struct, frozen=True):
    """What a broadcaster came with; it is asked of again for as long as he publishes."""

    user_id: str
    session_id: str | None = None
    """The sign-in of his access token."""
    key: str | None = None
    """His stream key."""


MayPublish = Callable[[LiveRow, Credential], Awaitable[bool]]
"""`await may_publish(live, credential)`: whether he may publish it, still. Raises Unavailable."""


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
