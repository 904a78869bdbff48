"""What people ask of presence."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET

from hub.access import check_room
from hub.calls.call import Answer, Call
from hub.door.sessions import Session
from hub.presence.presence import Presence
from hub.presence.shapes import (
    MAX_WATCHED,
    PRESENCE,
    GetPresence,
    IdleKnown,
    MyPresence,
    PresencePrivacy,
    PresenceView,
    SetActivity,
    SetIdle,
    SetPresencePrivacy,
    UpdatePresence,
    UserPresence,
    WatchPresence,
)
from hub.presence.showing import Showing
from rooms.errors import Invalid
from rooms.presence import Chosen
from storage.backends import Pool
from storage.presence import shown as store


class PresenceCalls:
    """The handlers of these calls."""

    def __init__(self, pool: Pool, presence: Presence, showing: Showing) -> None:
        self._pool = pool
        self._presence = presence
        self._showing = showing

    def calls(self) -> Mapping[str, Call]:
        """Presence calls by wire name."""
        handlers: dict[str, Answer] = {
            "presence:update": self._update,
            "presence:activity": self._set_activity,
            "presence:mine": self._mine,
            "presence:privacy": self._privacy,
            "presence:idle": self._set_idle,
            "presence:subscribe": self._watch,
            "presence:get": self._get,
        }
        return {name: Call(shape, handlers[name]) for name, shape in PRESENCE.items()}

    async def _update(self, session: Session, command: UpdatePresence) -> Chosen:
        fields = {
            name: value
            for name in ("status", "invisible", "status_message", "activity")
            if (value := getattr(command, name)) is not UNSET
        }
        if command.status_expires_at is not UNSET:
            fields["status_expires_at_ms"] = expires_ms(command.status_expires_at)
        return await self._showing.change(session.principal.user_id, fields)

    async def _set_activity(self, session: Session, command: SetActivity) -> Chosen:
        return await self._showing.set_activity(session.principal.user_id, command.activity)

    async def _mine(self, session: Session, _command: MyPresence) -> Chosen:
        return await self._showing.mine(session.principal.user_id)

    async def _privacy(self, session: Session, command: SetPresencePrivacy) -> PresencePrivacy:
        user_id = session.principal.user_id
        if command.show_last_seen is not None:
            await store.show_last_seen(self._pool, user_id, command.show_last_seen)
        return PresencePrivacy(await store.shows_last_seen(self._pool, user_id))

    async def _set_idle(self, session: Session, command: SetIdle) -> IdleKnown:
        session.idle = command.idle
        self._presence.changed(session)
        return IdleKnown(command.idle)

    async def _watch(self, session: Session, command: WatchPresence) -> PresenceView:
        audience = command.audience
        if isinstance(audience, str) and audience != "contacts":
            kind, _, room_id = audience.lower().partition(":")
            if kind != "room" or not room_id:
                raise Invalid.field(
                    "audience", "INVALID", 'Use "room:ID", "contacts" or a list of user ids.'
                )
            await check_room(self._pool, room_id, session.principal)
            return await self._presence.watched.watch_room(session, room_id)
        if isinstance(audience, str):
            user_id = session.principal.user_id
            users = await store.contacts(self._pool, user_id, MAX_WATCHED)
        else:
            users = [user_id.lower() for user_id in audience]
        return await self._presence.watched.watch_users(session, users)

    async def _get(self, session: Session, command: GetPresence) -> UserPresence:
        return await self._showing.of(session.principal, command.user_id.lower())


def expires_ms(value: int | str | None) -> int | None:
    """Unix ms of a time that is given so, or as ISO 8601.

    Raises:
        Invalid: it is neither.
    """
    if not isinstance(value, str):
        return value
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        raise Invalid.field("status_expires_at", "INVALID_FORMAT", "Use ISO 8601.") from None
    return int(moment.timestamp() * 1000)
