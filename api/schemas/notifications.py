"""Bodies, queries and answers of notifications."""

from typing import Annotated, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from rooms.ids import Uuid
from storage.notifications.notifications import Kind, Preference, QuietHours
from storage.notifications.switches import Switches

Minute = Annotated[int, Meta(ge=0, le=1439)]


class NotificationQuery(Struct, frozen=True, kw_only=True):
    """A page of notifications."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 30
    cursor: Uuid | None = None
    unread_only: bool = False


class UnreadCount(Struct, frozen=True):
    """How many are unread."""

    unread: int


class NotificationMeta(Struct, frozen=True):
    """`meta` of a page of notifications."""

    unread: int
    next_cursor: str | None


class Quiet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of each day without push."""

    from_minute: Minute
    until_minute: Minute
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] = "UTC"


class Preferences(Struct, frozen=True, kw_only=True):
    """How loud each kind is, and when nothing is pushed."""

    types: dict[str, Preference]
    quiet_hours: QuietHours | None
    switches: Switches


KINDS = {"propertyNames": {"enum": list(get_args(Kind))}}
"""msgspec's schema of a dict leaves out which names it takes."""


class SwitchChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of the switches; the others stay."""

    push_notifications: bool | UnsetType = UNSET
    browser_notifications: bool | UnsetType = UNSET
    email_notifications: bool | UnsetType = UNSET
    email_on_follow: bool | UnsetType = UNSET
    email_on_like: bool | UnsetType = UNSET
    email_on_comment: bool | UnsetType = UNSET
    email_on_message: bool | UnsetType = UNSET
    email_on_mention: bool | UnsetType = UNSET
    email_marketing: bool | UnsetType = UNSET


class PreferenceChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; `quiet_hours: null` ends them."""

    types: Annotated[dict[Kind, Preference], Meta(extra_json_schema=KINDS)] = {}
    quiet_hours: Quiet | UnsetType | None = UNSET
    switches: SwitchChanges = SwitchChanges()


class PushKeys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser's keys, base64url."""

    p256dh: Annotated[str, Meta(min_length=80, max_length=100)]
    auth: Annotated[str, Meta(min_length=16, max_length=40)]


class PushSubscription(Struct, frozen=True, kw_only=True):
    """What `PushManager.subscribe` gives, as JSON."""

    endpoint: Annotated[str, Meta(min_length=10, max_length=2048)]
    keys: PushKeys


class PushEndpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser that wants no push any more."""

    endpoint: Annotated[str, Meta(min_length=10, max_length=2048)]


class PushKey(Struct, frozen=True):
    """The hub's public key: `applicationServerKey` of a subscription."""

    public_key: str


class Subscribed(Struct, frozen=True):
    """The subscription as noted."""

    id: str
