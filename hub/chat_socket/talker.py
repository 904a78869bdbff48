"""One client of the older chat: his commands as the hub's calls, the hub's events in his words."""

import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from hub.chat_socket import commands as c
from hub.chat_socket import words
from hub.chat_socket.packets import Packets
from hub.chat_socket.seen import Seen
from hub.engine import EncodedEvent
from hub.plain_socket.calls import Calls, Spawn, Then
from hub.plain_socket.frames import error_of, frame, refusal
from hub.plain_socket.wire import Wire
from rooms.errors import HubError
from rooms.times import iso

MAX_WAITING = 1_000
"""Commands that wait for an answer of the hub; it takes 256 at once itself."""


class Talker:
    """Serves one socket that has been let in.

    Args:
        wire: the socket; its link has its session.
        packets: reads what the hub sends.
        spawn: runs what a call has to wait for.
    """

    def __init__(self, wire: Wire, packets: Packets, spawn: Spawn) -> None:
        self._wire = wire
        self._packets = packets
        self._calls = Calls(wire.link, spawn, MAX_WAITING)
        self._seen = Seen()
        self._typing: dict[str, frozenset[str]] = {}
        self._user_id: str = wire.link.data.principal.user_id
        wire.on_event = self.hear

    # -- what he says -----------------------------------------------------------------------------

    def take(self, text: str) -> None:
        """Carries out a command; whatever is wrong with it is answered."""
        try:
            self._do(c.read_command(text))
        except HubError as error:
            self._wire.write(refusal(error))

    def _do(self, said: c.Command) -> None:
        match said:
            case c.Join():
                self._call(said, "room:join", self._subscribe(said), room_id=said.room_id)
            case c.Leave():
                stream = f"room:{said.room_id.lower()}"
                self._call(said, "stream:unsubscribe", partial(self._left, said), stream=stream)
            case c.Message():
                self._say(said)
            case c.Edit():
                fields = {"message_id": said.message_id, "content": said.content}
                self._call(said, "message:update", self._done(said), **_once(said), **fields)
            case c.Delete():
                then = self._done(said)
                self._call(said, "message:delete", then, **_once(said), message_id=said.message_id)
            case c.Typing():
                name = "typing:start" if said.is_typing else "typing:stop"
                self._call(said, name, self._done(said), room_id=said.room_id)
            case c.Read() | c.Delivered():
                self._mark(said)
            case c.React() | c.Unreact():
                name = "reaction:add" if isinstance(said, c.React) else "reaction:remove"
                fields = {"message_id": said.message_id, "emoji": said.emoji}
                self._call(said, name, self._done(said), **_once(said), **fields)
            case c.Presence():
                self._show(said)
            case c.Heartbeat():
                self._done(said)(None)

    def _say(self, said: c.Message) -> None:
        client_id = said.client_id or str(uuid.uuid4())

        def then(record: Mapping[str, Any]) -> None:
            ack = frame("ack", client_id=client_id, message_id=record["id"], seq=record["seq"])
            self._wire.write(ack)

        fields: dict[str, Any] = {"room_id": said.room_id, "client_id": client_id}
        fields |= {"type": said.message_type, "content": said.content}
        if said.reply_to_id is not None:
            fields["reply_to_id"] = said.reply_to_id
        if said.attachment_ids:
            fields["attachment_ids"] = list(said.attachment_ids)
        self._call(said, "message:create", then, **fields)

    def _mark(self, said: c.Read | c.Delivered) -> None:
        """Moves a watermark; where a message stands is asked for when it was not told here."""
        message_id = said.message_id.lower()
        place = self._seen.place(message_id)
        if place is not None:
            self._mark_at(said, {"room_id": place[0], "seq": place[1]})
        else:
            self._call(said, "message:get", partial(self._mark_at, said), message_id=message_id)

    def _mark_at(self, said: c.Read | c.Delivered, place: Mapping[str, Any]) -> None:
        room_id, seq = place["room_id"], place["seq"]
        if isinstance(said, c.Read):
            self._call(said, "read:mark", self._done(said), room_id=room_id, seq=seq)
        else:
            self._call(said, "stream:ack", self._done(said), stream=f"room:{room_id}", seq=seq)

    def _show(self, said: c.Presence) -> None:
        """Changes status and message alone: who hides goes on hiding."""
        chosen: dict[str, Any] = {"status": said.status}
        if said.status_message is not None:
            chosen |= {"status_message": said.status_message or None, "status_expires_at": None}
        self._call(said, "presence:update", self._done(said), **chosen)

    def _subscribe(self, said: c.Join) -> Then:
        room_id = said.room_id.lower()

        def then(_member: Any) -> None:
            entered = partial(self._entered, said, room_id)
            self._call(said, "stream:subscribe", entered, stream=f"room:{room_id}")

        return then

    def _entered(self, said: c.Join, room_id: str, answer: Mapping[str, Any]) -> None:
        snapshot = answer["snapshot"]
        messages = snapshot["chat"]["messages"]
        for message in messages:
            self._seen.add(room_id, message["seq"], message["id"])
        joined = frame(
            "joined",
            **_echo(said),
            room_id=room_id,
            user_id=self._user_id,
            room=snapshot["room"],
            messages=[words.message_of(message) for message in messages],
            has_more_before=snapshot["chat"]["has_more_before"],
        )
        self._wire.write(joined)
        for user_id, view in snapshot["presence"]["users"].items():
            self._wire.write(words.presence_of(user_id, view))
        self._typing[room_id] = frozenset()
        self._tell_typing(room_id, snapshot["typing"])

    def _left(self, said: c.Leave, _nothing: Any) -> None:
        room_id = said.room_id.lower()
        self._forget(room_id)
        left = frame("left", **_echo(said), room_id=room_id, user_id=self._user_id)
        self._wire.write(left)

    def _done(self, said: c.Said) -> Then:
        """Answers what carries a `client_id`; the rest is answered by what everybody hears."""

        def then(_data: Any) -> None:
            if said.client_id is not None:
                named = {"message_id": said.message_id} if hasattr(said, "message_id") else {}
                self._wire.write(frame("ack", client_id=said.client_id, **named))

        return then

    def _call(self, said: c.Said, name: str, then: Then, **fields: Any) -> None:
        self._calls.make(
            name, fields, then, lambda error: self._wire.write(error_of(error, said.client_id))
        )

    # -- what he hears ----------------------------------------------------------------------------

    def hear(self, event: EncodedEvent) -> None:
        """Says what the hub has sent in the older form; what has none there is not said."""
        packet = self._packets.read(event)
        if packet is None:
            return
        if packet.name is None:
            self._calls.answered(packet.ack_id or 0, packet.payload)
            return
        if packet.said is not None:
            self._note(packet.name, packet.payload["data"])
            self._wire.write(packet.said)
        elif packet.name == "room:deleted":
            room_id = packet.payload["data"]["room_id"]
            self._forget(room_id)
            left = {"room_id": room_id, "user_id": self._user_id, "reason": "room_deleted"}
            self._wire.write(frame("left", **left))
        elif packet.name == "typing:updated":
            room_id = packet.payload["stream"].partition(":")[2]
            self._tell_typing(room_id, packet.payload["data"]["user_ids"])
        elif packet.name in ("read:updated", "delivered:updated"):
            self._tell_mark(packet.name.partition(":")[0], packet.payload)
        elif packet.name == "presence:diff":
            data = packet.payload["data"]
            for user_id, view in data["upserts"].items():
                self._wire.write(words.presence_of(user_id, view))
            for user_id in data["leaves"]:
                self._wire.write(words.presence_of(user_id, None))

    def _note(self, name: str, data: Mapping[str, Any]) -> None:
        if name == "message:created":
            self._seen.add(data["room_id"], data["seq"], data["id"])
        elif name == "member:left" and data["user_id"] == self._user_id:
            self._forget(data["room_id"])

    def _tell_typing(self, room_id: str, user_ids: list[str]) -> None:
        before, now = self._typing.get(room_id, frozenset()), frozenset(user_ids)
        if room_id not in self._typing:
            return
        self._typing[room_id] = now
        for user_id in sorted(before ^ now):
            is_typing = user_id in now
            told = {"room_id": room_id, "user_id": user_id, "is_typing": is_typing}
            self._wire.write(frame("typing", **told))

    def _tell_mark(self, kind: str, payload: Mapping[str, Any]) -> None:
        """A watermark as the last message that it covers, if that one was told here."""
        room_id, mark = payload["stream"].partition(":")[2], payload["data"]
        message_id = self._seen.last_until(room_id, mark["seq"])
        if message_id is None:
            return
        told = {"room_id": room_id, "message_id": message_id, "user_id": mark["user_id"]}
        told[f"{kind}_at"] = iso(time.time_ns() // 1_000_000)
        self._wire.write(frame(kind, **told))

    def _forget(self, room_id: str) -> None:
        self._seen.forget(room_id)
        self._typing.pop(room_id, None)


def _once(said: c.Said) -> dict[str, str]:
    """A command is carried out once, however often it is sent with the same `client_id`."""
    return {"op_id": said.client_id or str(uuid.uuid4())}


def _echo(said: c.Said) -> dict[str, str]:
    return {} if said.client_id is None else {"client_id": said.client_id}
