"""Socket.IO over one session: its namespaces, its packets, and every honest answer to bad ones."""

import asyncio
import inspect
import logging
import uuid
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from hub.engine import encoded, packets
from hub.engine.admission import admit
from hub.engine.attachments import Attachments
from hub.engine.budget import Budget
from hub.engine.delivery import Delivery
from hub.engine.encoded import EncodedEvent
from hub.engine.handlers import Accept, Refuse, ignore_ack
from hub.engine.link import Link, Resume
from hub.engine.packets import BadPacket, Packet, TooManyAttachments, Unfit
from hub.engine.room import Writer
from hub.engine.session import Session
from rooms.errors import HubError, Invalid

if TYPE_CHECKING:
    from hub.engine.engine import Engine

log = logging.getLogger(__name__)

RESERVED = frozenset(
    ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
)
"""Names that mean something to a Socket.IO library; none of them ever reaches a handler."""


class Peer:
    """The client's end of one session (`session.Consumer`)."""

    __slots__ = ("_attachments", "_connects", "_engine", "_events", "links", "session")

    def __init__(self, engine: "Engine", session: Session) -> None:
        self._engine = engine
        self.session = session
        self.links: dict[str, Link] = {}
        self._attachments: Attachments | None = None
        limits = engine.limits
        self._events = Budget(limits.events_per_s, limits.events_burst)
        per_minute = limits.connects_per_minute
        self._connects = Budget(None if per_minute is None else per_minute / 60, per_minute or 0)
        self._expect_connect()

    @property
    def delivery(self) -> Delivery:
        """Where this peer's links hear from."""
        return self._engine.delivery

    # -- the session's side (`session.Consumer`) --------------------------------------------------

    def text(self, payload: bytes) -> None:
        """Takes a packet in text form."""
        if self._attachments is not None:
            self._attachments = None
            self.session.refuse_packet("an event's binary parts did not come")
        limits = self._engine.limits
        try:
            packet = packets.decode(
                payload, max_depth=limits.json_depth, max_attachments=limits.attachments
            )
        except BadPacket as error:
            self._refuse(error)
            return
        if packet.attachments:
            self._attachments = Attachments(packet, len(payload), limits.message_bytes)
            self._engine.wheel.after(limits.attachments_within_s, self._expire_attachments)
        else:
            self._dispatch(packet)

    def binary(self, payload: bytes) -> None:
        """Takes an event's binary part, or a packet of a msgpack client."""
        if self.session.packed:
            try:
                depth = self._engine.limits.json_depth
                packet = packets.decode_msgpack(payload, max_depth=depth)
            except BadPacket as error:
                self._refuse(error)
                return
            self._dispatch(packet)
        elif self._attachments is None:
            self.session.refuse_packet("a binary message belongs to no event")
        elif self._attachments.add(payload):
            attachments, self._attachments = self._attachments, None
            self._dispatch(attachments.packet)
        elif self._attachments.too_big:
            self.session.end("protocol_error")

    def set_writer(self, writer: Writer | None) -> None:
        """Says how this peer's links are reached from now on."""
        for link in self.links.values():
            if link.held is None:
                self.delivery.set_writer(link, writer)

    def farewell(self) -> list[EncodedEvent]:
        """DISCONNECT for each namespace."""
        return [encoded.disconnected(namespace) for namespace in self.links]

    def ended(self, reason: str) -> None:
        """Tells the handlers of each link, once it is out of every room."""
        links, self.links = self.links, {}
        for link in links.values():
            self._close(link, reason)

    # -- packets ----------------------------------------------------------------------------------

    def _dispatch(self, packet: Packet) -> None:
        if packet.kind == packets.CONNECT:
            self._connect(packet)
            return
        link = self.links.get(packet.namespace)
        if link is None or not link.accepted:
            if packet.kind != packets.DISCONNECT:
                self.session.end("protocol_error")
        elif packet.kind == packets.EVENT:
            self._event(link, packet)
        elif packet.kind == packets.ACK:
            self._ack(link, packet)
        else:
            del self.links[packet.namespace]
            self._close(link, "client disconnect")
            self._expect_connect()

    def _event(self, link: Link, packet: Packet) -> None:
        if not self._events.spend(self._engine.loop):
            self.session.end("rate_limited")
            return
        name, *args = packet.data
        ack_id = packet.ack_id
        if name in RESERVED:
            message = f"There is no event {name!r}."
            self._answer(link, ack_id, Invalid.field("event", "UNKNOWN_EVENT", message))
            return
        try:
            work = link.handlers.on_event(link, name, args, ack_id)
        except Exception as error:  # noqa: BLE001 -- one broken handler is one INTERNAL ack
            self._failed(link, name, ack_id, error)
            return
        if work is not None:
            self._engine.spawn(self._await_event(link, name, ack_id, work))

    def _ack(self, link: Link, packet: Packet) -> None:
        """Hands on an answer, where anybody asks clients; elsewhere it is ignored and counted."""
        if not self._events.spend(self._engine.loop):
            self.session.end("rate_limited")
        elif link.handlers.on_ack is ignore_ack:
            self._engine.counts.stray_packets += 1
        else:
            link.handlers.on_ack(link, packet.ack_id or 0, packet.data)

    async def _await_event(
        self, link: Link, name: str, ack_id: int | None, work: Awaitable[None]
    ) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 -- as above
            self._failed(link, name, ack_id, error)

    def _failed(self, link: Link, name: str, ack_id: int | None, error: Exception) -> None:
        request_id = str(uuid.uuid4())
        fields = {"event": name, "request_id": request_id}
        log.error("peer.event_failed", extra=fields, exc_info=error)
        told = HubError("Something went wrong on our side. It has been logged.")
        self._answer(link, ack_id, told, request_id)

    # -- connecting -------------------------------------------------------------------------------

    def _connect(self, packet: Packet) -> None:
        namespace = packet.namespace
        if not self._connects.spend(self._engine.loop):
            self.session.end("rate_limited")
        elif namespace in self.links:
            self.session.take(encoded.connect_error(namespace, "Already connected"))
        elif (handlers := self._engine.namespaces.get(namespace)) is None:
            self.session.take(encoded.connect_error(namespace, "Invalid namespace"))
        else:
            auth = packet.data or {}
            link = Link(self, namespace, handlers, self._engine.new_id(), _resume(auth))
            self.links[namespace] = link
            try:
                outcome = handlers.on_connect(link, auth)
            except Exception:
                log.exception("peer.connect_failed")
                outcome = Refuse(HubError("Something went wrong on our side.").as_dict())
            if isinstance(outcome, asyncio.Future):  # somebody settles it: no task need wait
                outcome.add_done_callback(lambda done: self._settle(link, done.result()))
            elif inspect.isawaitable(outcome):
                self._engine.spawn(self._await_connect(link, outcome))
            else:
                self._settle(link, outcome)

    async def _await_connect(self, link: Link, work: Awaitable[Accept | Refuse]) -> None:
        try:
            outcome = await work
        except Exception:
            log.exception("peer.connect_failed")
            outcome = Refuse(HubError("Something went wrong on our side.").as_dict())
        self._settle(link, outcome)

    def _settle(self, link: Link, outcome: Accept | Refuse) -> None:
        if isinstance(outcome, Refuse):
            if not link.closed:
                del self.links[link.namespace]
                self.delivery.forget(link)
                link.closed = True
                message = str(outcome.error.get("message", "Not allowed"))
                refusal = encoded.connect_error(link.namespace, message, outcome.error)
                self.session.take(refusal)
                self._expect_connect()
            return
        link.accepted = True
        if link.closed:  # it went while it was being let in
            self._tell_disconnect(link, "transport close")
            return
        admit(self._engine, self.session, link, outcome)

    def dismiss(self, link: Link) -> None:
        """Disconnects one namespace from the server's side."""
        if link.closed:
            return
        self.delivery.flush()
        self.links.pop(link.namespace, None)
        self.session.take(encoded.disconnected(link.namespace))
        self._close(link, "server disconnect")
        self._expect_connect()

    def _close(self, link: Link, reason: str) -> None:
        link.closed = True
        self.delivery.forget(link)
        if link.accepted:
            # Later, so that no handler runs inside a broadcast that found this link dead.
            self._engine.loop.call_soon(self._tell_disconnect, link, reason)

    def _tell_disconnect(self, link: Link, reason: str) -> None:
        try:
            work = link.handlers.on_disconnect(link, reason)
        except Exception:
            log.exception("peer.disconnect_failed")
            return
        if work is not None:
            self._engine.spawn(self._await_disconnect(work))

    async def _await_disconnect(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            log.exception("peer.disconnect_failed")

    def _expect_connect(self) -> None:
        self._engine.wheel.after(self._engine.limits.connect_within_s, self._check_connected)

    def _check_connected(self) -> None:
        if not self.links:
            self.session.end("handshake_timeout")

    # -- answers to what is wrong -----------------------------------------------------------------

    def _refuse(self, error: BadPacket) -> None:
        link = self.links.get("/")
        if isinstance(error, TooManyAttachments):
            self.session.end("protocol_error")
        elif isinstance(error, Unfit) and error.ack_id is not None and link is not None:
            refusal = Invalid.field(error.field, error.code, error.message)
            self._answer(link, error.ack_id, refusal)
        else:
            self.session.refuse_packet(str(error))

    def _expire_attachments(self) -> None:
        """Drops an event whose parts are late; the clock of an older event finds it young."""
        pending = self._attachments
        limit_s = self._engine.limits.attachments_within_s
        if pending is not None and self._engine.loop.time() - pending.since_s >= limit_s:
            self._attachments = None
            self.session.refuse_packet("an event's binary parts did not come")

    def _answer(
        self, link: Link, ack_id: int | None, error: HubError, request_id: str | None = None
    ) -> None:
        body = error.as_dict(request_id)
        if ack_id is not None:
            link.ack(ack_id, {"ok": False, "error": body})
        else:
            link.send(encoded.event("error", body, namespace=link.namespace))


def _resume(auth: dict[str, Any]) -> Resume | None:
    """Takes the stock client's own two fields out of `auth`."""
    pid, offset = auth.pop("pid", None), auth.pop("offset", None)
    if not isinstance(pid, str):
        return None
    return Resume(pid, offset if isinstance(offset, str) else None)
