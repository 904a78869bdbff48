"""One client of the older kind: its commands as the hub's calls, the hub's events in its words."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from hub.co_listening.commands import Command, read_command
from hub.co_listening.session import Mirror
from hub.engine import EncodedEvent
from hub.engine.packets import ACK, EVENT, split
from hub.plain_socket.calls import Calls, Spawn, Then
from hub.plain_socket.frames import error_of, frame, refusal
from hub.plain_socket.wire import Wire
from rooms.errors import Forbidden, HubError

MAX_WAITING = 100
"""Commands that wait for an answer."""
_decode = msgspec.json.Decoder().decode


class Listener:
    """Serves one socket that has been let in.

    Args:
        wire: the socket; its link has its session.
        room_id: the session's room.
        spawn: runs what a call has to wait for.
    """

    def __init__(self, wire: Wire, room_id: str, spawn: Spawn) -> None:
        self._wire = wire
        self._room_id = room_id
        self._calls = Calls(wire.link, spawn, MAX_WAITING)
        self._user_id: str = wire.link.data.principal.user_id
        self._mirror: Mirror | None = None
        wire.on_event = self.hear

    def enter(self) -> None:
        """Joins the session and follows it; `state` comes once that is done."""
        stream = f"room:{self._room_id}"
        self._call(
            "room:join",
            {"room_id": self._room_id},
            lambda _member: self._call("stream:subscribe", {"stream": stream}, self._entered),
        )

    # -- what it says ---------------------------------------------------------------------------

    def take(self, text: str) -> None:
        """Carries out a command; whatever is wrong with it is answered."""
        try:
            self._do(read_command(text))
        except HubError as error:
            self._wire.write(refusal(error))

    def _do(self, said: Command) -> None:
        match said.type:
            case "play" | "pause":
                place = {} if said.position is None else {"position_ms": said.position_ms}
                self._steer(f"playback:{said.type}", place)
            case "seek":
                self._steer("playback:seek", {"position_ms": said.position_ms})
            case "track":
                self._put_on(said)
            case "sync":
                self._sync(said)
            case "heartbeat":
                pass  # that something came is all there is to it

    def _put_on(self, said: Command) -> None:
        if self._mirror is None or self._mirror.host_id != self._user_id:
            raise Forbidden("Only the host can choose the track.", "NOT_HOST")

        def play(added: Mapping[str, Any]) -> None:
            self._steer("playback:play", {"item_id": added["items"][0]["id"]})

        self._steer("item:add", {"track_ids": [said.track_id], "place": "next"}, play)

    def _sync(self, said: Command) -> None:
        """Answers with where the session is, and tells the hub where this client is."""
        mirror, now_ms = self._mirror, time.time_ns() / 1e6
        assert said.position_ms is not None  # read_command has seen to it
        if mirror is None or mirror.item_id is None:
            self._wire.write(frame("sync_ack", position=0.0, server_time=now_ms / 1e3, drift=None))
            return
        at_ms = now_ms if said.sent_at is None else said.sent_at * 1_000
        drift_ms = said.position_ms - mirror.position_ms(at_ms)
        self._wire.write(
            frame(
                "sync_ack",
                position=mirror.position_ms(now_ms) / 1_000,
                server_time=now_ms / 1_000,
                drift=drift_ms / 1_000,
            )
        )
        place: dict[str, Any] = {"room_id": self._room_id, "item_id": mirror.item_id}
        place |= {"position_ms": said.position_ms, "at_ms": at_ms}
        # Told at the hub's own pace: a client that syncs oftener has its answer already.
        self._call("playback:report", place, _nothing, quiet=True)

    def _steer(self, name: str, fields: Mapping[str, Any], then: Then | None = None) -> None:
        once = {"room_id": self._room_id, "op_id": str(uuid.uuid4())}
        self._call(name, {**once, **fields}, then or _nothing)

    def _call(
        self, name: str, fields: Mapping[str, Any], then: Then, *, quiet: bool = False
    ) -> None:
        def refused(error: Mapping[str, Any]) -> None:
            if not quiet:
                self._wire.write(error_of(error))
            if self._mirror is None:
                self._wire.end("server disconnect")  # it was not let into the session

        self._calls.make(name, fields, then, refused)

    # -- what it hears --------------------------------------------------------------------------

    def hear(self, event: EncodedEvent) -> None:
        """Says what the hub has sent in the older form; what has none there is not said."""
        head = split(event.text[1:])
        if head.kind == ACK:
            self._calls.answered(head.ack_id or 0, _decode(head.body)[0])
        elif head.kind == EVENT:
            name, payload = _decode(head.body)[:2]
            if self._mirror is not None and name in _HEARD:
                self._hear(self._mirror, name, payload["data"])

    def _hear(self, mirror: Mirror, name: str, data: Mapping[str, Any]) -> None:
        match name:
            case "playback:changed":
                mirror.change(data)
                self._show(mirror)
            case "host:changed":
                mirror.host_id = data["to"]
                self._show(mirror)
            case "member:joined":
                mirror.enter(data)
            case "presence:diff":
                came, gone = mirror.move(data)
                for user_id in came:
                    self._wire.write(frame("participant_joined", **mirror.person(user_id)))
                for user_id in gone:
                    self._wire.write(frame("participant_left", **mirror.person(user_id)))
            case "session:ended":
                self._end(data["reason"])
            case "room:deleted":
                self._end("deleted")
            case "member:left" if data["user_id"] == self._user_id:
                self._end(data.get("reason") or "left")

    def _end(self, reason: str) -> None:
        self._wire.write(frame("ended", reason=reason))
        self._wire.end("server disconnect")

    def _entered(self, answer: Mapping[str, Any]) -> None:
        snapshot = answer["snapshot"]
        self._mirror = Mirror(snapshot, self._user_id)
        self._show(self._mirror)
        session = snapshot["playback"]["session"]
        if session["stage"] == "ended":
            self._end(session["reason"])

    def _show(self, mirror: Mirror) -> None:
        self._wire.write(frame("state", **mirror.state(time.time_ns() // 1_000_000)))


_HEARD = frozenset(
    (
        "playback:changed",
        "host:changed",
        "member:joined",
        "member:left",
        "presence:diff",
        "session:ended",
        "room:deleted",
    )
)


def _nothing(_data: Any) -> None:
    pass
