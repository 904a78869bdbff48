"""What the handlers of presence work with."""

from collections.abc import Mapping
from typing import Any, Protocol

from rooms.access import Principal
from rooms.presence import Chosen


class PresenceParts(Protocol):
    """Choices of presence and looks at it, the same as for sockets (hub/presence/showing.py)."""

    async def change(self, user_id: str, changes: Mapping[str, Any]) -> Chosen:
        """Changes some fields of what the user shows."""
        ...

    async def of(self, reader: Principal, user_id: str) -> Any:
        """A user as `reader` may see him; NotFound when there is none."""
        ...
