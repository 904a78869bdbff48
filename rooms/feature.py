"""The shape of a feature: state, commands with their rules, events, and a view for newcomers.

A feature is a value, not a framework. Its rule is `rule(state, command, context) -> Outcome`, or it
raises from `rooms.errors`. Registration is one line in `rooms/features.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from rooms.errors import HubError
from rooms.room import Facet, Member, Role, Room


class Actor(Struct, frozen=True):
    """Who asks."""

    user_id: str
    username: str
    display_name: str
    device_id: str | None = None
    is_guest: bool = False
    is_system: bool = False
    """True for commands the hub runs itself (the end of a track); rules skip permission for it."""


class Context(Struct, frozen=True):
    """All a rule may know beside its state and its command. The edge read clock and ids once."""

    now_ms: int
    """Unix time of the commit attempt, in ms."""
    actor: Actor
    room: Room | None
    """The locked room; None only while `room:create` makes it."""
    member: Member | None
    """The actor's membership, None if he never had one."""
    ids: tuple[str, ...]
    """Fresh UUIDv7s, as many as the command declared."""
    next_seq: int = 1
    """Place in the log that the first event of this outcome will have."""
    secret: str = ""
    """A fresh random UUIDv4 for what must not be guessed, when the command declared one."""
    slices: Mapping[str, Any] = field(default_factory=dict)
    """States of the features named in `Feature.beside`."""
    rows: Any = None
    """What the command's loader (storage/<noun>.py) read inside the same transaction."""
    present: tuple[str, ...] = ()
    """Members present in the room as this node sees it: a hint for barriers and votes. In a crowd
    of some hundreds those who only look on are among them."""
    public_url: str = ""
    """Address that people open, for links; without a slash at the end."""


class Event(Struct, frozen=True):
    """Something that has happened, as it stands in the log."""

    name: str
    """Wire name, such as `message:created`."""
    data: Struct


class RunAt(Struct, frozen=True):
    """A command for the future, kept by the same commit. One per room and key: the last wins."""

    key: str
    """Names the timer within the room, such as `playback.end`."""
    at_ms: int | None
    """Unix ms when it is due; None takes the timer back."""
    command: str = ""
    payload: Struct | None = None


class Outcome(Struct, frozen=True):
    """What a rule decided: the new state, and everything the commit has to write."""

    state: Any
    """New state of the feature's slice (the old object itself when nothing changed)."""
    events: tuple[Event, ...] = ()
    data: Any = None
    """What the ack holds in `data`; a Struct or plain JSON values."""
    later: tuple[RunAt, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    """New states of other features' slices, by feature name (only those in `Feature.beside`)."""
    room: Room | None = None
    """The room as changed, if it was."""
    members: tuple[Member, ...] = ()
    """Members as changed, if any were."""
    rows: tuple[Any, ...] = ()
    """Rows for the feature's writer (storage/<noun>.py)."""
    refusal: HubError | None = None
    """What the ack says although the rest is committed: a message that a rule of the room stops is
    refused, and noted."""


class Limit(Struct, frozen=True):
    """Token bucket per user: `count` in each `per_s` seconds."""

    count: int
    per_s: int


Rule = Callable[[Any, Any, Context], Outcome]


class Command(Struct, frozen=True):
    """One thing a client may ask of a room."""

    payload: type[Struct]
    """Schema of the command; has `room_id` unless `Feature` finds the room by a loader."""
    rule: Rule
    role: Role | None = "guest"
    """Least role the actor needs in the room; None leaves the question to the rule."""
    ids: int = 1
    """How many fresh ids the rule may use."""
    secret: bool = False
    """True when the rule needs `Context.secret`."""
    limit: Limit | None = None
    of_listeners: bool = False
    """True when `Context.present` should be those who hear the room's music, as far as any does."""
    of_all: bool = False
    """True when `Context.present` should be empty as long as only some of them may be known."""
    internal: bool = False
    """True for commands only the hub runs (timers); a client that sends one gets NOT_FOUND."""
    errors: tuple[type[HubError], ...] = ()
    """Domain errors beyond the usual ones, for the generated protocol."""


class Feature(Struct, frozen=True):
    """A slice of a room: its state, what may be asked of it, what can happen in it."""

    name: str
    commands: Mapping[str, Command]
    events: Mapping[str, type[Struct]]
    state: type[Struct] | None = None
    """Type of the slice; `state()` is the slice of a new room. None: the feature keeps no slice."""
    view: Callable[[Any, Context], Any] | None = None
    """What a newcomer's snapshot holds under the feature's name."""
    facet: Facet | None = None
    """The facet a room needs for this feature; None means every room has it."""
    beside: tuple[str, ...] = ()
    """Other features whose slices its rules read and may change."""
    looks_around: bool = True
    """False when none of its rules reads `Context.present`, which is empty then: in a room of
    thousands it would be gathered anew for each message."""
