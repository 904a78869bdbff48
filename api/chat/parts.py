"""What the handlers of chat, conversations and notifications work with."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from rooms.access import Principal
from rooms.feature import Actor
from storage.backends import Pool
from storage.messages.attachments import Attachments, Prepared
from storage.notifications.notifications import Notifications
from storage.notifications.push import PushStore


class People(Protocol):
    """Blocks and direct messages, the same as for sockets (hub/people.py)."""

    async def block(self, principal: Principal, user_id: str) -> Any:
        """Hides two people from each other."""
        ...

    async def unblock(self, principal: Principal, user_id: str) -> Any:
        """Takes a block back."""
        ...

    async def open_dm(self, actor: Actor, user_id: str) -> str:
        """The room of two people, made if there is none."""
        ...

    async def note_report(
        self, principal: Principal, kind: Any, content_id: str, reason: str
    ) -> str:
        """Notes a report; returns its id."""
        ...


class ChatParts(Struct, frozen=True, kw_only=True):
    """Stores and functions; in `Api` under `chat`."""

    pool: Pool
    attachments: Attachments
    notifications: Notifications
    push: PushStore
    people: People
    check_room: Callable[[str, Principal], Awaitable[Any]]
    """hub.access.check_room: raises unless the caller may see the room."""
    prepare: Callable[[int], Awaitable[Prepared]]
    """media.attachments: makes an attachment of an open file."""
    scan: Callable[[Path], Awaitable[None]] | None
    """storage.virus_scan, where a scanner is configured."""
    check_push: Callable[[str, str, str], None]
    """Raises Invalid unless endpoint, key and secret are those of a browser."""
    push_key: Callable[[], Awaitable[str]]
    """The hub's public key for Web Push."""
