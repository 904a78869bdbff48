"""What a socket may ask that is no room command: its shape, and who answers it."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from hub.door.sessions import Session
from rooms.feature import Limit


class Shape(Struct, frozen=True):
    """What a call that is no room command looks like."""

    payload: type[Struct]
    limit: Limit
    data: Any = None
    """Type of the ack's `data`; None: an empty object."""


Answer = Callable[[Session, Any], Awaitable[Any]]
"""Returns the ack's `data`, or bytes: an ack already encoded."""
Settle = Callable[[Any], None]
"""Takes the ack's `data`, or the `HubError` that says why there is none; called once."""
Begin = Callable[[Session, Any, Settle | None], None]
"""Answers without a task, now or later; None: the caller wants no ack. May raise `HubError`."""


class Call(Struct, frozen=True):
    """A shape and who answers it: `answer`, or `begin` for what comes thousands of times."""

    shape: Shape
    answer: Answer | None = None
    after: Callable[[Session, Any, Any], None] | None = None
    """Runs right after the ack was sent, with payload and answer."""
    begin: Begin | None = None
