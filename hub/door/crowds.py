"""So many sockets of one user, wherever they are: the oldest goes to let the newest in.

A node ends its own at once (`Door`), from what it knows itself. What others hold it learns from
Redis a second later (`storage/presence`), and ends its own among the oldest; the node of the others
is asked to look as well. Without Redis each node holds its own bound.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

from msgspec import Struct

from hub.door.sessions import Sessions
from rooms.errors import Unavailable
from rooms.presence import Device
from storage.presence.crowds import CrowdHints
from storage.presence.places import Places

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class Place(Struct, frozen=True, order=True):
    """One socket of a user; the oldest is the least."""

    since_ms: int
    connection_id: str
    node: str


class Crowds:
    """Counts the sockets of users over all nodes. Its owner runs `run`.

    Args:
        sessions: this node's.
        places: what all nodes say.
        hints: to and from other nodes.
        most: sockets of one user; None lifts the limit.
    """

    def __init__(
        self, sessions: Sessions, places: Places, hints: CrowdHints, most: int | None
    ) -> None:
        self._sessions = sessions
        self._places = places
        self._hints = hints
        self._most = most
        self._came: set[str] = set()

    def note(self, user_id: str) -> None:
        """A socket of this user has been let in here."""
        if self._most is not None:
            self._came.add(user_id)

    async def run(self) -> None:
        """Looks for ever; its owner runs it."""
        task = asyncio.current_task()
        while self._most is not None and (task is None or not task.cancelling()):
            await asyncio.sleep(LOOK_EVERY_S)
            came, self._came = self._came, set()
            try:
                await self._look(came, self._most)
            except Unavailable:
                self._came |= {user_id for user_id in came if self._sessions.of_user(user_id)}
            except Exception:  # the loop that must live
                log.exception("crowds.failed")

    async def _look(self, came: set[str], most: int) -> None:
        now_ms = time.time_ns() // 1_000_000
        own = self._places.node
        suspects = await self._hints.take()
        if any(node != own and until > now_ms for node, until in self._places.leases.items()):
            suspects |= came  # alone, the door has seen to them
        if not suspects:
            return
        found = await self._places.read_users(list(suspects), now_ms)
        to_ask: dict[str, set[str]] = {}
        for user_id, devices in found.items():
            for place in beyond([*self._here(user_id), *places_of(devices, but=own)], most):
                if place.node != own:
                    to_ask.setdefault(place.node, set()).add(user_id)
                elif (session := self._sessions.of_connection(place.connection_id)) is not None:
                    session.end("too_many_sockets")
        await self._hints.ask(to_ask)

    def _here(self, user_id: str) -> list[Place]:
        return [
            Place(session.connected_at_ms, session.connection_id, self._places.node)
            for session in self._sessions.of_user(user_id)
            if not session.link.closed
        ]


def places_of(devices: Iterable[Device], *, but: str) -> list[Place]:
    """The sockets that other nodes than `but` speak of, without those about to leave."""
    return [
        Place(device.seen_at_ms, device.connection_id, device.node)
        for device in devices
        if device.node != but and not device.expires_at_ms
    ]


def beyond(places: Iterable[Place], most: int) -> list[Place]:
    """Those that are too many: all but the `most` newest. Every node finds the same ones."""
    there = sorted(places)
    return there[: max(0, len(there) - most)]
