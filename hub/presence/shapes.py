"""What may be asked of presence, and what it answers."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from hub.calls.call import Shape
from rooms.feature import Limit
from rooms.ids import Uuid
from rooms.presence import Activity, Chosen, DeviceView, Present, Status

MAX_WATCHED = 200


class UpdatePresence(Struct, frozen=True, kw_only=True):
    """What the user shows of himself, on all devices; what is left out stays."""

    status: Status | UnsetType = UNSET
    invisible: bool | UnsetType = UNSET
    status_message: Annotated[str, Meta(max_length=140)] | UnsetType | None = UNSET
    status_expires_at: Annotated[int, Meta(ge=0)] | str | UnsetType | None = UNSET
    """When status and message end, Unix ms or ISO 8601."""
    activity: Activity | UnsetType | None = UNSET


class SetActivity(Struct, frozen=True):
    """What the user is doing, or nothing; status and message stay as they are."""

    activity: Activity | None = None


class MyPresence(Struct, frozen=True):
    """What the caller has chosen to show, also while he hides."""


class SetPresencePrivacy(Struct, frozen=True):
    """Whether others may see when the caller was last here; without it nothing changes."""

    show_last_seen: bool | None = None


class PresencePrivacy(Struct, frozen=True):
    """What others may see of the caller while he is away."""

    show_last_seen: bool


class SetIdle(Struct, frozen=True):
    """This device is (or is no longer) left alone."""

    idle: bool


class WatchPresence(Struct, frozen=True):
    """Follow the presence of a room, of one's contacts, or of some users."""

    audience: str | Annotated[tuple[Uuid, ...], Meta(max_length=MAX_WATCHED)]


class GetPresence(Struct, frozen=True):
    """One user's presence."""

    user_id: Uuid


class IdleKnown(Struct, frozen=True):
    """The device's idleness as noted."""

    idle: bool


class PresenceView(Struct, frozen=True):
    """Who is there; diffs with a greater version follow."""

    version: int
    users: dict[str, Present]


class UserPresence(Struct, frozen=True):
    """One user as the caller may see him."""

    user_id: str
    status: Status
    last_seen_at: str | None
    status_message: str | None
    activity: Activity | None
    devices: tuple[DeviceView, ...]


PRESENCE: Mapping[str, Shape] = {
    "presence:update": Shape(UpdatePresence, Limit(3, 10), Chosen),
    "presence:activity": Shape(SetActivity, Limit(6, 10), Chosen),
    "presence:mine": Shape(MyPresence, Limit(30, 10), Chosen),
    "presence:privacy": Shape(SetPresencePrivacy, Limit(30, 10), PresencePrivacy),
    "presence:idle": Shape(SetIdle, Limit(3, 10), IdleKnown),
    "presence:subscribe": Shape(WatchPresence, Limit(20, 10), PresenceView),
    "presence:get": Shape(GetPresence, Limit(60, 10), UserPresence),
}
