"""Bodies and answers of presence."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from rooms.ids import Uuid
from rooms.presence import Activity, DeviceView, Status

Words = Annotated[str, Meta(max_length=140)]
Title = Annotated[str, Meta(max_length=300)]


class PresenceChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of what the caller shows; what is left out stays, null takes it away."""

    status: Status | UnsetType = UNSET
    status_message: Words | UnsetType | None = UNSET
    status_expires_at: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    """When status and message end, ISO 8601."""
    invisible: bool | UnsetType = UNSET
    """True: the caller is offline for everybody."""
    track_id: Uuid | UnsetType | None = UNSET
    """What he listens to; with `track_title` a shorter way to say `activity`, and within one."""
    track_title: Title | UnsetType | None = UNSET
    activity: Activity | UnsetType | None = UNSET


class OwnPresence(Struct, frozen=True, kw_only=True):
    """What the caller shows of himself."""

    user_id: str
    status: Status
    invisible: bool
    status_message: str | None
    status_expires_at: str | None
    track_id: str | None
    track_title: str | None
    activity: Activity | None


class PresenceOf(Struct, frozen=True, kw_only=True):
    """A user as the caller may see him; who hides is offline."""

    user_id: str
    status: Status
    last_seen_at: str | None
    status_message: str | None
    track_id: str | None
    track_title: str | None
    activity: Activity | None
    """With `room_id` it can be joined (`room:join`)."""
    devices: tuple[DeviceView, ...]
