"""One live socket of one user, and all of them on this node."""

from collections.abc import Iterator

from hub.engine import EncodedEvent, Link, ack_from_json, event
from rooms.access import Principal
from rooms.feature import Actor
from storage.recoveries import Floor

FINAL_REASONS = ("token_revoked", "banned", "protocol_error", "too_many_sockets")
"""Ends after which a client should not come back; it is told so before."""


class Session:
    """A connected socket whose owner is known."""

    def __init__(
        self,
        connection_id: str,
        link: Link,
        principal: Principal,
        device_id: str | None,
        kind: str,
        connected_at_ms: int,
    ) -> None:
        self.connection_id = connection_id
        self.connected_at_ms = connected_at_ms
        self.link = link
        self.principal = principal
        self.device_id = device_id
        self.kind = kind
        """What sort of device, such as `web`."""
        self.idle = False
        self.streams: set[str] = set()
        """Streams it is subscribed to."""
        self.hidden: frozenset[str] = frozenset()
        """Users whom blocks hide from its own, either way (`hub/door/hidings.py`)."""
        self.leaving = False
        """The node stops, and this socket's turn to go has come: no new calls."""
        self.floors: dict[str, Floor] = {}
        """Where it began to follow each of them: what a recovery leans on (hub/recovery)."""
        self.in_flight = 0
        """Commands that have not been answered yet."""
        self.subscribed_to: tuple[str, object] | None = None
        self.warned_expiry_ms = 0

    def send(self, packet: EncodedEvent) -> None:
        """Sends one packet; never waits, and past the byte bound the socket is closed instead."""
        self.link.send(packet)

    def ack(self, ack_id: int, body: bytes) -> None:
        """Answers the client's call `ack_id` with one JSON argument."""
        self.link.send(ack_from_json(ack_id, body))

    def end(self, reason: str) -> None:
        """Closes the socket; `reason` (hub/engine/endings.py) says whether to come back."""
        if reason in FINAL_REASONS:
            self.link.send(event("auth:revoked", {"reason": reason}))
        self.link.close(reason)

    @property
    def actor(self) -> Actor:
        """Who acts when this socket sends a command."""
        p = self.principal
        return Actor(
            user_id=p.user_id,
            username=p.username,
            display_name=p.display_name,
            device_id=self.device_id,
            is_guest=p.is_guest,
        )


class Sessions:
    """The sessions of this node, by connection and by user."""

    def __init__(self) -> None:
        self._by_connection: dict[str, Session] = {}
        self._by_user: dict[str, dict[str, Session]] = {}

    def add(self, session: Session) -> None:
        """Registers a session that has been let in."""
        self._by_connection[session.connection_id] = session
        of_user = self._by_user.setdefault(session.principal.user_id, {})
        of_user[session.connection_id] = session

    def remove(self, session: Session) -> None:
        """Forgets a session whose socket is gone."""
        self._by_connection.pop(session.connection_id, None)
        of_user = self._by_user.get(session.principal.user_id, {})
        of_user.pop(session.connection_id, None)
        if not of_user:
            self._by_user.pop(session.principal.user_id, None)

    def of_user(self, user_id: str) -> list[Session]:
        """The sessions of one user on this node, oldest first."""
        return list(self._by_user.get(user_id, {}).values())

    def of_connection(self, connection_id: str) -> Session | None:
        """The session of a connection, if it is on this node."""
        return self._by_connection.get(connection_id)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._by_connection.values()))

    def __len__(self) -> int:
        return len(self._by_connection)
