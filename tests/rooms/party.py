"""A room as the rules see it, with a clock that tests move and timers that fire when it passes.

Commands come in as JSON and every state goes through JSON, as it does in the product.
"""

import json
import random
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from rooms.feature import Actor, Context, Event, Feature, Outcome, RunAt
from rooms.ids import SYSTEM_USER_ID
from rooms.playback.feature import PLAYBACK
from rooms.playback.state import PlaybackState
from rooms.queue.feature import QUEUE
from rooms.queue.items import QueueState, TrackCard
from rooms.room import Member, Policy, Role, Room

ROOM_ID = "00000000-0000-7000-8000-000000000001"
NOW_MS = 1_764_000_000_000
S = TypeVar("S", bound=Struct)

SYSTEM = Actor(SYSTEM_USER_ID, "hub", "Hub", is_system=True)


def uid(number: int) -> str:
    """A readable UUID: 7 → …0007."""
    return f"00000000-0000-7000-8000-{number:012d}"


HOST, MODERATOR, MEMBER, OTHER, GUEST = (uid(n) for n in range(11, 16))
ROLES: dict[str, Role] = {
    HOST: "owner",
    MODERATOR: "moderator",
    MEMBER: "member",
    OTHER: "member",
    GUEST: "guest",
}
NAMES = {HOST: "Hana", MODERATOR: "Mo", MEMBER: "Mia", OTHER: "Otto", GUEST: "Guest"}

TRACKS = tuple(uid(n) for n in range(101, 121))
"""Ready tracks of 60 s."""
UPLOAD = uid(150)
"""Still being processed."""
BROKEN = uid(151)
"""Failed."""
SECRET = uid(152)
"""Of somebody else."""
UNKNOWN = uid(199)
LENGTH_MS = 60_000


def cards() -> dict[str, TrackCard]:
    """What the loader would read."""
    known = {
        t: TrackCard(t, f"Track {i}", "Ada", LENGTH_MS, True, False, True)
        for i, t in enumerate(TRACKS)
    }
    known[UPLOAD] = TrackCard(UPLOAD, "Upload", None, None, False, False, True)
    known[BROKEN] = TrackCard(BROKEN, "Broken", None, None, False, True, True)
    known[SECRET] = TrackCard(SECRET, "Secret", None, LENGTH_MS, True, False, False)
    return known


class Party:
    """One room with a queue and playback."""

    def __init__(self, policy: Policy | None = None, present: tuple[str, ...] = ()) -> None:
        self.room = Room(
            id=ROOM_ID,
            name="Party",
            type="public",
            creator_id=HOST,
            facets=("playback", "queue"),
            policy=policy or Policy(),
        )
        self.queue = QueueState()
        self.playback = PlaybackState()
        self.present = present
        self.roles = dict(ROLES)
        self.now_ms = NOW_MS
        self.timers: dict[str, RunAt] = {}
        self.log: list[tuple[int, str, dict[str, Any]]] = []
        """(time, event name, data as a client gets it)."""
        self.rows: list[Any] = []
        """What rules left for their writers."""
        self.cards = cards()
        self._ids = 10_000
        self._random = random.Random(2)  # noqa: S311  # only to give commands their op_id

    def do(self, command: str, by: str = HOST, **payload: Any) -> Any:
        """Runs a client's command; returns what its ack holds in `data`."""
        payload = {"room_id": ROOM_ID, "op_id": uid(self._random.randrange(10**9)), **payload}
        return self.submit(command, payload, self.actor(by))

    def submit(self, command: str, payload: dict[str, Any], actor: Actor) -> Any:
        """Runs a command of anybody, the hub included."""
        feature = QUEUE if command in QUEUE.commands else PLAYBACK
        spec = feature.commands[command]
        outcome = spec.rule(
            self._state(feature),
            msgspec.convert(payload, spec.payload),
            self.context(feature, actor, command, payload, spec.ids),
        )
        self._accept(feature, outcome)
        return as_json(outcome.data)

    def add(self, *tracks: str, by: str = HOST, **payload: Any) -> list[str]:
        """Queues tracks; returns the ids of their items."""
        data = self.do("item:add", by, track_ids=list(tracks), **payload)
        return [item["id"] for item in data["items"]]

    def pass_ms(self, ms: int) -> None:
        """Lets time pass; timers fire when they are due."""
        until_ms = self.now_ms + ms
        while due := self.next_due(until_ms):
            self.now_ms = max(self.now_ms, due.at_ms or 0)
            self.fire(due.key)
        self.now_ms = until_ms

    def next_due(self, until_ms: int) -> RunAt | None:
        """The first timer that is due by then."""
        due = [t for t in self.timers.values() if t.at_ms is not None and t.at_ms <= until_ms]
        return min(due, key=lambda t: t.at_ms or 0, default=None)

    def fire(self, key: str) -> None:
        """Runs one timer, whatever the time."""
        due = self.timers.pop(key)
        self.submit(due.command, as_json(due.payload), SYSTEM)

    def actor(self, user_id: str) -> Actor:
        """The user as he asks."""
        return Actor(user_id, NAMES[user_id].lower(), NAMES[user_id], is_guest=user_id == GUEST)

    def context(
        self, feature: Feature, actor: Actor, command: str, payload: dict[str, Any], ids: int
    ) -> Context:
        """What the committer would hand to the rule."""
        self._ids += ids
        return Context(
            now_ms=self.now_ms,
            actor=actor,
            room=self.room,
            member=self.member(actor.user_id),
            ids=tuple(uid(self._ids - ids + i) for i in range(ids)),
            slices={"playback": self.playback} if feature is QUEUE else {"queue": self.queue},
            rows=self._rows(command, payload),
            present=self.present,
        )

    def member(self, user_id: str) -> Member | None:
        """The membership of one of the known users."""
        role = self.roles.get(user_id)
        if role is None:
            return None
        return Member(user_id, role, NAMES[user_id].lower(), NAMES[user_id], 0)

    def snapshot(self) -> dict[str, Any]:
        """What a newcomer gets."""
        actor = self.actor(HOST)
        assert QUEUE.view is not None
        assert PLAYBACK.view is not None
        return {
            "queue": as_json(QUEUE.view(self.queue, self.context(QUEUE, actor, "", {}, 0))),
            "playback": as_json(
                PLAYBACK.view(self.playback, self.context(PLAYBACK, actor, "", {}, 0))
            ),
        }

    def order(self) -> list[str]:
        """Ids of the playing and pending items, in order."""
        return [item.id for item in self.queue.items]

    def events(self, since: int = 0) -> list[str]:
        """Names of the events so far."""
        return [name for _, name, _ in self.log[since:]]

    def last(self, name: str) -> dict[str, Any]:
        """Data of the newest event of that name."""
        return next(data for _, event, data in reversed(self.log) if event == name)

    def _rows(self, command: str, payload: dict[str, Any]) -> Any:
        match command:
            case "item:add":
                return self._cards(payload["track_ids"])
            case "item:suggest":
                return self._cards([payload["track_id"]])
            case "suggestion:approve":
                wanted = payload["suggestion_id"]
                return self._cards(s.track_id for s in self.queue.suggestions if s.id == wanted)
            case "queue:update":
                return payload.get("fallback_playlist_id") != UNKNOWN
            case "queue:refill":
                return self._cards([t for t in TRACKS if t not in payload["heard"]][:1])
            case "host:replace":
                found = (self.member(user_id) for user_id in self.present)
                return tuple(member for member in found if member is not None)
            case "host:transfer":
                return self.member(payload["user_id"])
        return None

    def _cards(self, track_ids: Iterable[str]) -> dict[str, TrackCard]:
        return {t: self.cards[t] for t in track_ids if t in self.cards}

    def _state(self, feature: Feature) -> Any:
        return self.queue if feature is QUEUE else self.playback

    def _accept(self, feature: Feature, outcome: Outcome) -> None:
        changed = {**outcome.beside, feature.name: outcome.state}
        if "queue" in changed:
            self.queue = through_json(changed["queue"])
        if "playback" in changed:
            self.playback = through_json(changed["playback"])
        for timer in outcome.later:
            self.timers.pop(timer.key, None)
            if timer.at_ms is not None:
                self.timers[timer.key] = timer
        self.rows += outcome.rows
        for event in outcome.events:
            self.log.append((self.now_ms, event.name, told(event)))


def told(event: Event) -> dict[str, Any]:
    """An event's data as a client gets it; its schema has to be the declared one."""
    schema = {**QUEUE.events, **PLAYBACK.events}[event.name]
    assert type(event.data) is schema, event.name
    data: dict[str, Any] = as_json(event.data)
    return data


def as_json(value: Any) -> Any:
    """A value as it looks after the wire."""
    return json.loads(msgspec.json.encode(value))


def through_json(state: S) -> S:
    """A slice as it comes back from the database; nothing may get lost on the way."""
    back = msgspec.json.decode(msgspec.json.encode(state), type=type(state))
    assert back == state
    return back
