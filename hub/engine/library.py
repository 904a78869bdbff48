"""python-socketio's own interface to this engine: its handlers, emit, call, rooms and sessions.

    engine = Engine(namespaces=namespaces, origins=[...])
    sio = SocketIO(engine)
    namespaces["/"] = sio.handlers_of("/")

    @sio.event
    async def chat(sid, data):
        await sio.emit("chat", data, room="lobby")

Code written for the library runs as it is; what it emits takes the engine's fast path. The hub's
own handlers use links and need none of this. Hooks beyond the documented interface, guarded by
tests/hub/engine/test_library.py: `_engineio_server_class`, `_trigger_event`, `not_handled`,
`environ`, the manager's `get_participants`, `is_connected`, `eio_sid_from_sid`, `get_rooms`.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any

import engineio
import socketio
from socketio.exceptions import ConnectionRefusedError as RefusedByHandler

from hub.engine import encoded
from hub.engine.engine import Engine
from hub.engine.handlers import Accept, Handlers, Refuse
from hub.engine.link import Link


class EngineRooms(socketio.AsyncManager):  # type: ignore[misc]  # the library is untyped
    """The library's client manager with the engine's rooms for a table."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._links: dict[tuple[str, str], Link] = {}

    def add(self, link: Link) -> None:
        """Takes a link in: everybody's room, and one of its own."""
        self._links[link.namespace, link.sid] = link
        for room in (None, link.sid):
            self._engine.join(link, _key(link.namespace, room))

    def remove(self, link: Link) -> None:
        """Forgets a link that is gone, and the acks it owed."""
        self._links.pop((link.namespace, link.sid), None)
        self.callbacks.pop(link.sid, None)

    def link(self, sid: str, namespace: str) -> Link | None:
        """The link behind a sid."""
        return self._links.get((namespace, sid))

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callable[..., Any] | None = None,
        to: Any = None,
        **_: Any,
    ) -> None:
        """Sends to a room, several rooms, or one sid."""
        args = data if isinstance(data, tuple) else () if data is None else (data,)
        target = to or room
        rooms = target if isinstance(target, (list, tuple)) else (target,)
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        skip = [link for sid in skipped if (link := self._links.get((namespace, sid)))]
        if callback is None:
            packet = encoded.event(event, *args, namespace=namespace)
            for name in rooms:
                self._engine.broadcast(_key(namespace, name), packet, tuple(skip))
                if len(rooms) > 1:
                    skip += self._engine.delivery.members(_key(namespace, name))
            return
        for sid, _eio_sid in self.get_participants(namespace, target):
            if (link := self._links.get((namespace, sid))) and link not in skip:
                ack_id = self._generate_ack_id(sid, callback)
                link.send(encoded.event(event, *args, namespace=namespace, ack_id=ack_id))

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Pairs of sid and session id of the members on this node."""
        rooms = room if isinstance(room, (list, tuple)) else (room,)
        members = {
            link: None
            for name in rooms
            for link in self._engine.delivery.members(_key(namespace, name))
        }
        yield from ((link.sid, link.session_id) for link in members)

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Whether there is such a link."""
        return (namespace, sid) in self._links

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """The session a link belongs to."""
        link = self._links.get((namespace, sid))
        return None if link is None else link.session_id

    def basic_enter_room(
        self, sid: str, namespace: str, room: Hashable, eio_sid: str | None = None
    ) -> None:
        """Puts a link into a room."""
        link = self._links.get((namespace, sid))
        if link is None:
            raise ValueError("sid is not connected to requested namespace")
        self._engine.join(link, _key(namespace, room))

    def basic_leave_room(self, sid: str, namespace: str, room: Hashable) -> None:
        """Takes a link out of a room."""
        if (link := self._links.get((namespace, sid))) is not None:
            self._engine.leave(link, _key(namespace, room))

    def get_rooms(self, sid: str, namespace: str) -> list[Hashable]:
        """The rooms of a link, its own included."""
        link = self._links.get((namespace, sid))
        keys = (room.key for room in link.rooms) if link is not None else ()
        return [key[1] for key in keys if isinstance(key, tuple) and key[1] is not None]


class SocketIO(socketio.AsyncServer):  # type: ignore[misc]  # the library is untyped
    """python-socketio's server on an engine; `handlers_of` connects the two."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rooms = EngineRooms(engine)
        super().__init__(client_manager=self._rooms, async_mode="aiohttp")
        self.manager_initialized = True

    def handlers_of(self, namespace: str) -> Handlers:
        """What the engine calls for one namespace: the handlers registered here."""
        return Handlers(self._on_connect, self._on_event, self._on_disconnect, self._on_ack)

    async def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Disconnects a client from a namespace."""
        if (link := self._rooms.link(sid, namespace or "/")) is not None:
            link.leave()

    def _engineio_server_class(self) -> Callable[..., engineio.AsyncServer]:
        return lambda **_: self._engine.eio

    async def _on_connect(self, link: Link, auth: dict[str, Any]) -> Accept | Refuse:
        self._rooms.add(link)
        environ = {"REMOTE_ADDR": link.address}
        self.environ[link.session_id] = environ
        refused: Any = {"message": "Connection rejected by server"}
        try:
            answer = await self._trigger_event(
                "connect", link.namespace, link.sid, environ, auth or None
            )
        except RefusedByHandler as error:
            answer, refused = False, error.error_args
        if answer is not False:
            return Accept()
        self._rooms.remove(link)
        self.environ.pop(link.session_id, None)
        return Refuse(refused if isinstance(refused, dict) else {"message": str(refused)})

    async def _on_event(self, link: Link, name: str, args: list[Any], ack_id: int | None) -> None:
        answer = await self._trigger_event(name, link.namespace, link.sid, *args)
        if ack_id is not None and answer is not self.not_handled:
            link.ack(ack_id, () if answer is None else answer)

    async def _on_disconnect(self, link: Link, reason: str) -> None:
        try:
            await self._trigger_event("disconnect", link.namespace, link.sid, reason)
        finally:
            self._rooms.remove(link)
            self.environ.pop(link.session_id, None)

    def _on_ack(self, link: Link, ack_id: int, args: list[Any]) -> None:
        self._engine.spawn(self._rooms.trigger_callback(link.sid, ack_id, args))


def _key(namespace: str, room: Any) -> Hashable:
    return namespace, room
