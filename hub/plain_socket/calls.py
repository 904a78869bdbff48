"""The calls that one plain socket makes of the hub, and the answers it waits for."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hub.engine import Link
from rooms.errors import HubError

Spawn = Callable[[Awaitable[None]], None]
"""Runs what a call has to wait for, until the socket ends."""
Then = Callable[[Any], None]
"""Takes the data of a call that worked."""
Refused = Callable[[Mapping[str, Any]], None]
"""Takes the error of a call that did not, as an ack carries it."""


class Calls:
    """Calls of the hub by one link; every command of a client becomes one of them.

    Args:
        link: has its session.
        spawn: runs what a call has to wait for.
        at_most: calls that wait for an answer.
    """

    def __init__(self, link: Link, spawn: Spawn, at_most: int) -> None:
        self._link = link
        self._spawn = spawn
        self._at_most = at_most
        self._waiting: dict[int, tuple[Then, Refused]] = {}
        self._last_ack_id = 0

    def make(self, name: str, fields: Mapping[str, Any], then: Then, refused: Refused) -> None:
        """Asks the hub; one of the two is called once it has answered (`answered`).

        Raises:
            HubError: RATE_LIMITED, too many calls wait already.
        """
        if len(self._waiting) >= self._at_most:
            raise HubError("Too many unanswered commands.", "RATE_LIMITED", status=429)
        self._last_ack_id += 1
        self._waiting[self._last_ack_id] = (then, refused)
        work = self._link.handlers.on_event(self._link, name, [fields], self._last_ack_id)
        if work is not None:
            self._spawn(work)

    def answered(self, ack_id: int, body: Mapping[str, Any]) -> None:
        """Takes an ack of the hub to whoever made the call."""
        then, refused = self._waiting.pop(ack_id)
        if not body["ok"]:
            refused(body["error"])
            return
        try:
            then(body["data"])
        except HubError as error:  # what follows from the answer is itself a call
            refused(error.as_dict())
