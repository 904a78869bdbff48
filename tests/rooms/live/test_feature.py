"""The life of a broadcast, by direct calls."""

from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Actor, Context
from rooms.live.commands import Connected, CreateLive, Expired, Lost, OnLive, Recorded, SetMetadata
from rooms.live.feature import GRACE_MS, LIVE
from rooms.live.state import LiveState
from rooms.room import Member, Role, Room

ROOM = "01890000-0000-7000-8000-000000000001"
OP = "01890000-0000-7000-8000-0000000000ff"
ADA = Actor("ada", "ada", "Ada")
BOB = Actor("bob", "bob", "Bob")
SYSTEM = Actor("0", "hub", "Hub", is_system=True)


class Stage:
    """A room whose live state is kept from command to command."""

    def __init__(self) -> None:
        self.state = LiveState()
        self.now_ms = 1_000_000
        self.events: list[str] = []
        self.timers: dict[str, int | None] = {}
        self._made = 0

    def do(self, name: str, command: Struct, actor: Actor = ADA, role: Role = "member") -> Any:
        """Runs a rule; returns the ack's data."""
        self._made += 1
        context = Context(
            now_ms=self.now_ms,
            actor=actor,
            room=Room(ROOM, "Kitchen", "public", "ada"),
            member=Member(actor.user_id, role, actor.username, actor.display_name, 0),
            ids=(f"01890000-0000-7000-8000-0000000001{self._made:02d}",),
            public_url="https://hub.example.org",
        )
        outcome = LIVE.commands[name].rule(self.state, command, context)
        self.state = outcome.state
        self.events += [event.name for event in outcome.events]
        self.timers |= {timer.key: timer.at_ms for timer in outcome.later}
        return outcome.data

    def create(self, title: str = "Evening") -> str:
        made = self.do("live:create", CreateLive(room_id=ROOM, op_id=OP, title=title))
        return str(made.id)

    def connect(self, live_id: str, publication: int) -> Any:
        command = Connected(room_id=ROOM, live_id=live_id, publication=publication)
        return self.do("live:connected", command, SYSTEM)

    def lose(self, live_id: str, publication: int) -> Any:
        command = Lost(room_id=ROOM, live_id=live_id, publication=publication)
        return self.do("live:lost", command, SYSTEM)


def on(live_id: str) -> OnLive:
    return OnLive(room_id=ROOM, op_id=OP, live_id=live_id)


def test_a_broadcast_is_announced_goes_on_air_and_ends() -> None:
    stage = Stage()
    live_id = stage.create()
    assert stage.do("live:start", on(live_id)).whip_url.endswith(f"/whip/{live_id}")
    assert stage.connect(live_id, 1).status == "live"
    assert stage.do("live:end", on(live_id)).status == "ended"
    assert stage.events == ["live:scheduled", "live:started", "live:ended"]


def test_a_broadcaster_who_comes_back_within_the_grace_keeps_his_listeners() -> None:
    stage = Stage()
    live_id = stage.create()
    stage.connect(live_id, 1)
    lost = stage.lose(live_id, 1)
    assert lost.grace_until_ms == stage.now_ms + GRACE_MS
    assert stage.timers[f"live.grace.{live_id}"] == stage.now_ms + GRACE_MS
    stage.connect(live_id, 2)
    assert stage.timers[f"live.grace.{live_id}"] is None
    stage.do("live:expired", Expired(room_id=ROOM, live_id=live_id, publication=1), SYSTEM)
    assert stage.events[-2:] == ["live:interrupted", "live:resumed"]
    assert stage.state.on_air is not None


def test_nobody_back_within_the_grace_ends_the_broadcast() -> None:
    stage = Stage()
    live_id = stage.create()
    stage.connect(live_id, 1)
    stage.lose(live_id, 1)
    stage.do("live:expired", Expired(room_id=ROOM, live_id=live_id, publication=1), SYSTEM)
    assert stage.events[-1] == "live:ended"
    with pytest.raises(Conflict):
        stage.connect(live_id, 2)


def test_what_an_older_connection_still_says_ends_nothing() -> None:
    stage = Stage()
    live_id = stage.create()
    stage.connect(live_id, 1)
    stage.connect(live_id, 2)
    before = list(stage.events)
    stage.lose(live_id, 1)
    stage.connect(live_id, 1)
    assert stage.events == before
    assert stage.state.on_air is not None


def test_one_broadcast_at_a_time_in_a_room() -> None:
    stage = Stage()
    first, second = stage.create("one"), stage.create("two")
    stage.connect(first, 1)
    with pytest.raises(Conflict):
        stage.do("live:start", on(second))
    with pytest.raises(Conflict):
        stage.connect(second, 1)


def test_who_may_end_and_who_may_not() -> None:
    stage = Stage()
    live_id = stage.create()
    stage.connect(live_id, 1)
    with pytest.raises(Forbidden):
        stage.do("live:end", on(live_id), BOB)
    with pytest.raises(Forbidden):
        stage.do("live:start", on(live_id), BOB)
    assert stage.do("live:end", on(live_id), BOB, "moderator").status == "ended"


def test_a_guest_has_no_broadcasts() -> None:
    stage = Stage()
    with pytest.raises(Forbidden):
        stage.do(
            "live:create",
            CreateLive(room_id=ROOM, op_id=OP, title="x"),
            replace(BOB, is_guest=True),
            "guest",
        )


def test_metadata_and_recording_are_told_once() -> None:
    stage = Stage()
    live_id = stage.create()
    said = SetMetadata(room_id=ROOM, op_id=OP, live_id=live_id, title="Song", artist="Ada")
    stage.do("metadata:set", said)
    stage.do("metadata:set", said)
    recorded = Recorded(room_id=ROOM, live_id=live_id, track_id=OP)
    stage.do("live:recorded", recorded, SYSTEM)
    stage.do("live:recorded", recorded, SYSTEM)
    assert stage.events == ["live:scheduled", "metadata:updated", "recording:ready"]


def test_an_unknown_broadcast_is_not_found() -> None:
    with pytest.raises(NotFound):
        Stage().do("live:end", on(OP))
