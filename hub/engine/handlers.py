"""What a namespace does with its links: the engine's side of the contract with the hub."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from hub.engine.encoded import EncodedEvent
from hub.engine.link import Link


class Accept(Struct, frozen=True):
    """Lets a client in."""

    replay: Sequence[EncodedEvent] = ()
    """Sent right after CONNECT, before anything that came for the link meanwhile; however much it
    is, no faster than the client takes it."""
    sid: str | None = None
    """The link's public id, if it is to have the one of the connection it recovers."""
    pid: str | None = None
    """The private id it goes on with; equal to `link.resume.pid`, the client sees
    `socket.recovered === true`. None gives it a new one."""


class Refuse(Struct, frozen=True):
    """Does not let a client in."""

    error: Mapping[str, Any]
    """`connect_error.data`; its `message` is the error's message."""


Connecting = Accept | Refuse | Awaitable[Accept | Refuse]


def ignore_ack(link: Link, ack_id: int, args: Sequence[Any]) -> None:
    """For a hub that asks its clients nothing: an ack that nobody waits for is dropped."""


class Handlers(Struct, frozen=True):
    """Called on the loop, never two at once for one packet; each may return an awaitable.

    An awaitable runs as a task that the engine owns; a future, which somebody else settles, costs
    none. What raises is logged and answered with INTERNAL; the connection stays.
    """

    on_connect: Callable[[Link, dict[str, Any]], Connecting]
    """`(link, auth)`: decides about a CONNECT. The link may join rooms already; what it hears
    before it is let in is held. `link.resume` says what it brings back from an earlier life."""
    on_event: Callable[[Link, str, list[Any], int | None], Awaitable[None] | None]
    """`(link, name, args, ack_id)`: an event of an accepted link, in the order sent."""
    on_disconnect: Callable[[Link, str], Awaitable[None] | None]
    """`(link, reason)`: an accepted link is gone, and out of all rooms. Exactly once."""
    on_ack: Callable[[Link, int, list[Any]], None] = ignore_ack
    """`(link, ack_id, args)`: a client's answer to an event that carried an ack id."""
