"""Calls about the caller's own notifications; REST answers the same (api/chat/notifications.py)."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.calls.call import Answer, Call, Shape
from hub.door.sessions import Session
from hub.people import Publish
from rooms.errors import NotFound
from rooms.feature import Limit
from rooms.ids import Uuid, user_stream
from storage.backends import Pool
from storage.notifications.notifications import Notification, Notifications

_READS = Limit(30, 10)


class ListNotifications(Struct, frozen=True, kw_only=True):
    """What rang for the caller, newest first."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 30
    cursor: Uuid | None = None
    unread_only: bool = False


class OneNotification(Struct, frozen=True):
    """A notification was seen."""

    notification_id: Uuid


class AllNotifications(Struct, frozen=True):
    """All notifications were seen."""


class NotificationPage(Struct, frozen=True):
    """Notifications, and how many are unread in all."""

    notifications: list[Notification]
    unread: int
    next_cursor: str | None


class UnreadNotifications(Struct, frozen=True):
    """How many notifications are unread."""

    unread: int


NOTIFICATION_CALLS: Mapping[str, Shape] = {
    "notification:list": Shape(ListNotifications, _READS, NotificationPage),
    "notification:read": Shape(OneNotification, _READS, UnreadNotifications),
    "notification:read_all": Shape(AllNotifications, _READS, UnreadNotifications),
}


class NotificationCalls:
    """The handlers of these calls."""

    def __init__(self, pool: Pool, publish: Publish) -> None:
        self._notifications = Notifications(pool)
        self._publish = publish

    def calls(self) -> Mapping[str, Call]:
        """Every call by wire name, with its schema and limit."""
        handlers: dict[str, Answer] = {
            "notification:list": self._list,
            "notification:read": self._read,
            "notification:read_all": self._read_all,
        }
        return {name: Call(shape, handlers[name]) for name, shape in NOTIFICATION_CALLS.items()}

    async def _list(self, session: Session, query: ListNotifications) -> NotificationPage:
        user_id = session.principal.user_id
        found = await self._notifications.page(
            user_id, before=query.cursor, limit=query.limit + 1, unread_only=query.unread_only
        )
        page = found[: query.limit]
        unread = await self._notifications.count(user_id, unread_only=True)
        return NotificationPage(page, unread, page[-1].id if len(found) > query.limit else None)

    async def _read(self, session: Session, call: OneNotification) -> UnreadNotifications:
        user_id = session.principal.user_id
        if not await self._notifications.mark_read(user_id, call.notification_id):
            raise NotFound("You have no such notification.")
        return await self._told(user_id)

    async def _read_all(self, session: Session, _call: AllNotifications) -> UnreadNotifications:
        user_id = session.principal.user_id
        await self._notifications.mark_all_read(user_id)
        return await self._told(user_id)

    async def _told(self, user_id: str) -> UnreadNotifications:
        """The caller's other devices count the same."""
        unread = UnreadNotifications(await self._notifications.count(user_id, unread_only=True))
        data: Any = unread
        self._publish(user_stream(user_id), "notifications:updated", data)
        return unread
