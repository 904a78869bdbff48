"""Presence: what several devices of a user add up to, and what changed between two views.

A user is what his devices add up to: an explicit busy or away, else online while any device is
active, else away; offline when there is none. Whoever is invisible (or says offline) is in no view.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from rooms.ids import Uuid
from rooms.times import iso

Status = Literal["online", "away", "busy", "offline"]

NO_LEASES: Mapping[str, float] = {}

MAX_LISTED = 200
"""Above this many present users a room is told counts instead of names (docs/protocol.md)."""


class Activity(Struct, frozen=True, omit_defaults=True):
    """What a user is doing, as far as he shows it."""

    type: Literal["track", "room", "live"]
    track_id: Uuid | None = None
    track_title: Annotated[str, Meta(max_length=300)] | None = None
    room_id: Uuid | None = None


class Chosen(Struct, frozen=True):
    """What a user has set for all his devices."""

    status: Status = "online"
    invisible: bool = False
    status_message: str | None = None
    status_expires_at_ms: int | None = None
    activity: Activity | None = None
    chosen_at_ms: int = 0
    """Nodes that have not heard of the newest choice yet do not undo it."""


class Device(Struct, frozen=True, array_like=True):
    """One connection of a user, as nodes tell each other."""

    user_id: str
    connection_id: str
    device_id: str | None
    kind: str
    idle: bool
    listening: bool
    chosen: Chosen
    seen_at_ms: int
    expires_at_ms: int
    """When it counts as gone; 0: as long as its node lives."""
    node: str = ""
    """Which node it is connected to."""


class DeviceView(Struct, frozen=True):
    """A device as others see it."""

    device_id: str | None
    kind: str
    idle: bool


class Present(Struct, frozen=True):
    """A user as others see him."""

    status: Status
    last_seen_at: str
    status_message: str | None
    activity: Activity | None
    devices: tuple[DeviceView, ...]


class Diff(Struct, frozen=True):
    """What a watcher has to change; payload of `presence:diff`."""

    version: int
    upserts: Mapping[str, Present]
    leaves: tuple[str, ...]


def is_hiding(chosen: Chosen) -> bool:
    """Whether nothing a user does may show that he is here."""
    return chosen.invisible or chosen.status == "offline"


def changed(chosen: Chosen, fields: Mapping[str, Any], now_ms: int) -> Chosen:
    """What a user shows once `fields` of it are as they say; the others stay as they are.

    What has ended by now is no part of it: a new status does not take over the end of an old one.
    It is newer than what it was made of, whatever the clock of another node had said.
    """
    if chosen.status_expires_at_ms is not None and chosen.status_expires_at_ms <= now_ms:
        status: Status = "offline" if chosen.status == "offline" else "online"
        chosen = replace(chosen, status=status, status_message=None, status_expires_at_ms=None)
    return replace(chosen, **fields, chosen_at_ms=max(now_ms, chosen.chosen_at_ms + 1))


def is_there(device: Device, now_ms: int, leases: Mapping[str, float] = NO_LEASES) -> bool:
    """Whether a device has not expired; `leases` says until when (Unix ms) each node lives."""
    return (device.expires_at_ms or leases.get(device.node, 0)) > now_ms


def aggregate(
    devices: Iterable[Device], now_ms: int, leases: Mapping[str, float] = NO_LEASES
) -> dict[str, Present]:
    """Who is there, by user id, from every device that has not expired."""
    of_user: dict[str, list[Device]] = {}
    for device in devices:
        if is_there(device, now_ms, leases):
            of_user.setdefault(device.user_id, []).append(device)
    views = {user_id: present(found, now_ms) for user_id, found in of_user.items()}
    return {user_id: view for user_id, view in views.items() if view is not None}


def present(devices: list[Device], now_ms: int) -> Present | None:
    """One user from his live devices; None when others should see him offline.

    A status and its message end at `status_expires_at_ms`. Hiding does not: nobody is shown by a
    clock.
    """
    chosen = max((d.chosen for d in devices), key=lambda c: c.chosen_at_ms)
    if is_hiding(chosen):
        return None
    expired = chosen.status_expires_at_ms is not None and chosen.status_expires_at_ms <= now_ms
    active = any(not d.idle for d in devices)
    explicit = chosen.status if chosen.status in ("busy", "away") and not expired else None
    return Present(
        status=explicit or ("online" if active else "away"),
        last_seen_at=iso(max(d.seen_at_ms for d in devices)),
        status_message=None if expired else chosen.status_message,
        activity=chosen.activity,
        devices=_views(devices),
    )


def diff(
    before: Mapping[str, Present], after: Mapping[str, Present | None], version: int
) -> Diff | None:
    """What changes when the users of `after` become what it says (None: gone).

    Users that `after` does not name stay as they are. None when a watcher sees no difference.
    """
    upserts = {u: view for u, view in after.items() if view is not None and before.get(u) != view}
    leaves = tuple(sorted(u for u, view in after.items() if view is None and u in before))
    if not upserts and not leaves:
        return None
    return Diff(version, upserts, leaves)


def listening(
    devices: Iterable[Device],
    shown: Container[str],
    now_ms: int,
    leases: Mapping[str, float] = NO_LEASES,
) -> int:
    """How many of the users that are `shown` hear the room's music at the moment."""
    return len(listeners(devices, shown, now_ms, leases))


def listeners(
    devices: Iterable[Device],
    shown: Container[str],
    now_ms: int,
    leases: Mapping[str, float] = NO_LEASES,
) -> set[str]:
    """Which of the users that are `shown` hear the room's music at the moment."""
    hearing = (d.user_id for d in devices if d.listening and is_there(d, now_ms, leases))
    return {user_id for user_id in hearing if user_id in shown}


def _views(devices: Iterable[Device]) -> tuple[DeviceView, ...]:
    """One entry a device, however many tabs it has open; it is idle when all of them are.

    Its kind is that of a tab that is connected, before what is left of one that has gone.
    """
    of_device: dict[str, list[Device]] = {}
    for device in sorted(devices, key=lambda d: (d.expires_at_ms > 0, d.connection_id)):
        of_device.setdefault(device.device_id or device.connection_id, []).append(device)
    return tuple(
        DeviceView(tabs[0].device_id, tabs[0].kind, all(tab.idle for tab in tabs))
        for tabs in of_device.values()
    )
