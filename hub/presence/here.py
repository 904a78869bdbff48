"""The sockets of this node by place, and those that have just left."""

from collections.abc import Callable, Iterable

from hub.door.sessions import Session
from rooms.presence import Chosen, Device

LISTENING_MS = 15_000
"""A device that reported its playback within this time is listening."""


class Here:
    """Which sockets of this node are in which place (a room, a broadcast's audience).

    Args:
        node: this node's id.
        chosen: what a user shows of himself.
    """

    def __init__(self, node: str, chosen: Callable[[str], Chosen]) -> None:
        self._node = node
        self._chosen = chosen
        self._in: dict[str, dict[str, Session]] = {}
        self._places_of: dict[Session, tuple[str, ...]] = {}
        self._leaving: dict[str, dict[str, Device]] = {}
        """By place or user, devices that still count for a moment."""
        self._listening_until_ms: dict[tuple[str, str], int] = {}

    def enter(self, session: Session, place: str) -> None:
        """A socket is in a place from now on."""
        self._in.setdefault(place, {})[session.connection_id] = session
        places = self._places_of.get(session, ())
        if place not in places:
            self._places_of[session] = (*places, place)
        self.stay(place, session.connection_id)

    def leave(self, session: Session, place: str) -> None:
        """A socket has left a place on purpose."""
        sockets = self._in.get(place, {})
        sockets.pop(session.connection_id, None)
        if not sockets:
            self._in.pop(place, None)
        rest = tuple(other for other in self._places_of.pop(session, ()) if other != place)
        if rest:
            self._places_of[session] = rest

    def gone(self, session: Session, until_ms: int) -> tuple[str, ...]:
        """A socket is lost; it counts as there until `until_ms`. Returns where it was."""
        places = self._places_of.get(session, ())
        for place in places:
            self.linger(place, self.device(session, place, expires_at_ms=until_ms))
            self.leave(session, place)
        return places

    def linger(self, place_or_user: str, device: Device) -> None:
        """A device counts as there until its time has come."""
        self._leaving.setdefault(place_or_user, {})[device.connection_id] = device

    def stay(self, place_or_user: str, connection_id: str) -> None:
        """A device that was about to leave is back."""
        leaving = self._leaving.get(place_or_user)
        if leaving is not None and leaving.pop(connection_id, None) is not None and not leaving:
            del self._leaving[place_or_user]

    def places(self) -> Iterable[str]:
        """Where sockets of this node are."""
        return self._in.keys()

    def places_of(self, session: Session) -> tuple[str, ...]:
        """Where a socket is."""
        return self._places_of.get(session, ())

    def is_occupied(self, place: str) -> bool:
        """Whether any socket of this node is there."""
        return place in self._in

    def connections(self, place: str) -> list[str]:
        """Every connection of this node that is there or about to leave."""
        return [*self._in.get(place, ()), *self._leaving.get(place, ())]

    def find(self, place: str, connection_id: str) -> Device | None:
        """One connection as others should see it now; None when it is not there."""
        session = self._in.get(place, {}).get(connection_id)
        if session is not None:
            return self.device(session, place)
        return self._leaving.get(place, {}).get(connection_id)

    def leaving(self, place_or_user: str) -> list[Device]:
        """Devices about to leave."""
        return list(self._leaving.get(place_or_user, {}).values())

    def device(self, session: Session, place: str, *, expires_at_ms: int = 0) -> Device:
        """A socket as nodes tell each other of it."""
        user_id = session.principal.user_id
        return Device(
            user_id=user_id,
            connection_id=session.connection_id,
            device_id=session.device_id,
            kind=session.kind,
            idle=session.idle,
            listening=(place, session.connection_id) in self._listening_until_ms,
            chosen=self._chosen(user_id),
            seen_at_ms=session.connected_at_ms,
            expires_at_ms=expires_at_ms,
            node=self._node,
        )

    def heard(self, session: Session, place: str, now_ms: int, for_ms: int = LISTENING_MS) -> bool:
        """A device plays the place's music, for so long; True when it did not before."""
        key = (place, session.connection_id)
        began = key not in self._listening_until_ms
        self._listening_until_ms[key] = now_ms + for_ms
        return began

    def silent(self, now_ms: int) -> list[tuple[str, str]]:
        """Places and connections that have stopped listening."""
        ended = [key for key, until in self._listening_until_ms.items() if until <= now_ms]
        for key in ended:
            del self._listening_until_ms[key]
        return ended

    def expired(self, now_ms: int) -> list[tuple[str, str]]:
        """Places or users, and connections whose time to linger is over; they are forgotten."""
        ended = [
            (place, device.connection_id)
            for place, devices in self._leaving.items()
            for device in devices.values()
            if device.expires_at_ms <= now_ms
        ]
        for place, connection_id in ended:
            self.stay(place, connection_id)
        return ended
