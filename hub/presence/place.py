"""One watched place: the devices that all nodes say are there, and what watchers see of it."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import TypeAlias

import msgspec
from msgspec import Raw, Struct

from hub.door.sessions import Session
from rooms import presence as rules
from rooms.presence import Device, Diff, Present

_NOBODY = Raw(b"{}")

_NOTHING: Mapping[str, Device | None] = {}

Said: TypeAlias = dict[str, Device | None]
"""What nodes have said of connections."""


class Counts(Struct, frozen=True):
    """How many are there, and how many of them hear the music."""

    online: int
    listeners: int


class View(Struct, frozen=True, omit_defaults=True):
    """A place's presence in a snapshot."""

    version: int
    users: Raw
    """Present users by id; nobody in a place too large to list."""
    me: str
    counts: Counts | None = None
    """Of a place too large to list."""


class Place:
    """Devices by connection, folded into a view of users; a change costs what has changed."""

    __slots__ = (
        "_devices",
        "_of_user",
        "_raw",
        "_reads",
        "_touched",
        "counted_s",
        "due_ms",
        "hinted",
        "loaded",
        "told",
        "uncounted",
        "version",
        "view",
        "watchers",
    )

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}
        self._of_user: dict[str, dict[str, Device]] = {}
        self._touched: set[str] = set()
        self._raw: Raw | None = None
        self.view: dict[str, Present] = {}
        self.version = 0
        self.watchers: set[Session] = set()
        self.hinted = False
        """This node hears the place's channel: what changes elsewhere is said there."""
        self.loaded = False
        """Redis has been read since this place was first watched."""
        self._reads: list[Said] = []
        """What has been said since each read of Redis that is under way began: it is newer."""
        self.due_ms = inf
        """When time alone changes the view."""
        self.counted_s: float | None = None
        """When watchers were last told counts; None: they are told who."""
        self.told: Counts | None = None
        """The counts that watchers were told last."""
        self.uncounted = False
        """Counts have changed since they were told."""

    @property
    def is_large(self) -> bool:
        """Whether watchers are told counts instead of names."""
        return len(self.view) > rules.MAX_LISTED

    def whole(self) -> Diff:
        """Everybody, for watchers who have been told counts so far."""
        return Diff(self.version, dict(self.view), ())

    @property
    def is_touched(self) -> bool:
        """Whether `refresh` has something to look at."""
        return bool(self._touched)

    @property
    def devices(self) -> Iterable[Device]:
        """Every device that was said to be here."""
        return self._devices.values()

    def put(self, connection_id: str, device: Device | None) -> None:
        """Takes what a node says of one of its connections; None: it is gone."""
        for said in self._reads:
            said[connection_id] = device
        self._set(connection_id, device)

    def begin_read(self) -> Said:
        """Redis is being read: what is said from now on, until `end_read`, is newer."""
        said: Said = {}
        self._reads.append(said)
        return said

    def end_read(self, said: Said) -> None:
        """Redis has answered, or not."""
        self._reads = [other for other in self._reads if other is not said]

    def replace(
        self, devices: Iterable[Device], said: Mapping[str, Device | None] = _NOTHING
    ) -> None:
        """Takes all that Redis has; what was `said` since the read began goes on top.

        Several reads may be under way at once, and end in any order.
        """
        found = {device.connection_id: device for device in devices}
        for connection_id in self._devices.keys() - found.keys() - said.keys():
            self._set(connection_id, None)
        for connection_id, device in found.items():
            if connection_id not in said and self._devices.get(connection_id) != device:
                self._set(connection_id, device)
        for connection_id, newer in said.items():
            self._set(connection_id, newer)
        self.loaded = True

    def _set(self, connection_id: str, device: Device | None) -> None:
        before = self._devices.pop(connection_id, None)
        if before is not None:
            of_user = self._of_user[before.user_id]
            del of_user[connection_id]
            if not of_user:
                del self._of_user[before.user_id]
            self._touched.add(before.user_id)
        if device is not None:
            self._devices[connection_id] = device
            self._of_user.setdefault(device.user_id, {})[connection_id] = device
            self._touched.add(device.user_id)

    def touch_all(self) -> None:
        """Everybody is looked at again: the time of some has come, or a node is gone."""
        self._touched.update(self._of_user)
        self._touched.update(self.view)
        self.due_ms = inf

    def refresh(self, now_ms: int, leases: Mapping[str, float]) -> Diff | None:
        """Folds what has changed into the view; None when watchers see no difference."""
        touched, self._touched = self._touched, set()
        after: dict[str, Present | None] = {}
        for user_id in touched:
            devices = [
                device
                for device in self._of_user.get(user_id, {}).values()
                if rules.is_there(device, now_ms, leases)
            ]
            after[user_id] = rules.present(devices, now_ms) if devices else None
            for device in devices:
                self._note_due(device, now_ms)
        change = rules.diff(self.view, after, self.version + 1)
        if change is not None:
            for user_id in change.leaves:
                del self.view[user_id]
            self.view.update(change.upserts)
            self.version = change.version
            self._raw = None
        return change

    def expired(self, before_ms: float, leases: Mapping[str, float]) -> list[str]:
        """Connections that have counted as gone since `before_ms` or longer."""
        return [
            connection_id
            for connection_id, device in self._devices.items()
            if not rules.is_there(device, int(before_ms), leases)
        ]

    def counts(self, now_ms: int, leases: Mapping[str, float]) -> Counts:
        """What watchers of a large place are told."""
        listeners = rules.listening(self._devices.values(), self.view, now_ms, leases)
        return Counts(len(self.view), listeners)

    def snapshot(
        self,
        user_id: str,
        now_ms: int,
        leases: Mapping[str, float],
        hidden: frozenset[str] = frozenset(),
    ) -> View:
        """What `user_id` starts from; encoded once for all who come until something changes.

        Nobody of `hidden` is in it.
        """
        if self.is_large:
            if self.told is None:
                self.told = self.counts(now_ms, leases)
            return View(self.version, _NOBODY, user_id, self.told)
        if not hidden.isdisjoint(self.view):
            seen = {user: view for user, view in self.view.items() if user not in hidden}
            return View(self.version, Raw(msgspec.json.encode(seen)), user_id)
        if self._raw is None:
            self._raw = Raw(msgspec.json.encode(self.view))
        return View(self.version, self._raw, user_id)

    def _note_due(self, device: Device, now_ms: int) -> None:
        if device.expires_at_ms:
            self.due_ms = min(self.due_ms, device.expires_at_ms)
        ends_ms = device.chosen.status_expires_at_ms
        if ends_ms is not None and ends_ms > now_ms:
            self.due_ms = min(self.due_ms, ends_ms)
