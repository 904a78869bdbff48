"""/api/v1/notifications: what rang for the caller, how loud he wants it, and where to push."""

import msgspec
from aiohttp import web
from msgspec import UnsetType

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.chat.chat import path_id
from api.envelope import ok
from api.parts import Api
from api.schemas.notifications import (
    NotificationMeta,
    NotificationQuery,
    PreferenceChanges,
    Preferences,
    PushEndpoint,
    PushKey,
    PushSubscription,
    Quiet,
    Subscribed,
    UnreadCount,
)
from rooms.errors import Invalid, NotFound
from rooms.ids import user_stream
from storage.notifications.notifications import QuietHours
from storage.notifications.switches import set_switches, switches_of


async def list_notifications(request: web.Request, api: Api) -> web.Response:
    """What rang for the caller, newest first."""
    query, user_id = read_query(request, NotificationQuery), caller(request).user_id
    store = api.chat.notifications
    found = await store.page(
        user_id, before=query.cursor, limit=query.limit + 1, unread_only=query.unread_only
    )
    page = found[: query.limit]
    meta = NotificationMeta(
        await store.count(user_id, unread_only=True),
        page[-1].id if len(found) > query.limit else None,
    )
    return ok(page, "Notifications", meta=meta)


async def unread_count(request: web.Request, api: Api) -> web.Response:
    """How many are unread."""
    count = await api.chat.notifications.count(caller(request).user_id, unread_only=True)
    return ok(UnreadCount(count), "Unread notifications")


async def mark_read(request: web.Request, api: Api) -> web.Response:
    """Marks one as read."""
    user_id = caller(request).user_id
    if not await api.chat.notifications.mark_read(user_id, path_id(request)):
        raise NotFound("You have no such notification.")
    return await _told(request, api, "Notification read")


async def mark_all_read(request: web.Request, api: Api) -> web.Response:
    """Marks all as read."""
    await api.chat.notifications.mark_all_read(caller(request).user_id)
    return await _told(request, api, "Notifications read")


async def delete_one(request: web.Request, api: Api) -> web.Response:
    """Takes one away."""
    user_id = caller(request).user_id
    if not await api.chat.notifications.delete(user_id, path_id(request)):
        raise NotFound("You have no such notification.")
    return await _told(request, api, "Notification deleted")


async def delete_all(request: web.Request, api: Api) -> web.Response:
    """Takes all away."""
    await api.chat.notifications.delete_all(caller(request).user_id)
    return await _told(request, api, "Notifications deleted")


async def get_preferences(request: web.Request, api: Api) -> web.Response:
    """How loud each kind is, the quiet hours, and what is off whatever kind it is."""
    return ok(await _preferences(request, api), "Preferences")


async def set_preferences(request: web.Request, api: Api) -> web.Response:
    """Changes what is given; the rest stays."""
    body, user_id = await read_json(request, PreferenceChanges), caller(request).user_id
    quiet = body.quiet_hours
    if not isinstance(quiet, UnsetType) and not await api.chat.notifications.set_quiet_hours(
        user_id, _quiet(quiet)
    ):
        raise Invalid.field("quiet_hours.time_zone", "INVALID_VALUE", "There is no such time zone.")
    if body.types:
        await api.chat.notifications.set_preferences(user_id, body.types)
    if switched := msgspec.to_builtins(body.switches):
        await set_switches(api.chat.pool, user_id, switched)
    return ok(await _preferences(request, api), "Preferences updated")


async def push_key(_request: web.Request, api: Api) -> web.Response:
    """The hub's public key for Web Push."""
    return ok(PushKey(await api.chat.push_key()), "Push key")


async def subscribe(request: web.Request, api: Api) -> web.Response:
    """Notes a browser that wants to be told; it forgets itself with the sign-in."""
    body, principal = await read_json(request, PushSubscription), caller(request)
    api.chat.check_push(body.endpoint, body.keys.p256dh, body.keys.auth)
    subscription_id = await api.chat.push.subscribe(
        principal.user_id, principal.session_id, body.endpoint, body.keys.p256dh, body.keys.auth
    )
    return ok(Subscribed(subscription_id), "Subscribed", status=201)


async def unsubscribe(request: web.Request, api: Api) -> web.Response:
    """Forgets a browser."""
    body = await read_json(request, PushEndpoint)
    await api.chat.push.unsubscribe(caller(request).user_id, body.endpoint)
    return ok(None, "Unsubscribed")


async def _preferences(request: web.Request, api: Api) -> Preferences:
    user_id, store = caller(request).user_id, api.chat.notifications
    return Preferences(
        types=await store.preferences(user_id),
        quiet_hours=await store.quiet_hours(user_id),
        switches=await switches_of(api.chat.pool, user_id),
    )


def _quiet(given: Quiet | None) -> QuietHours | None:
    if given is None:
        return None
    return QuietHours(
        from_minute=given.from_minute,
        until_minute=given.until_minute,
        time_zone=given.time_zone,
    )


async def _told(request: web.Request, api: Api, message: str) -> web.Response:
    """The caller's other devices count the same."""
    user_id = caller(request).user_id
    unread = UnreadCount(await api.chat.notifications.count(user_id, unread_only=True))
    await api.publish(user_stream(user_id), "notifications:updated", {"unread": unread.unread})
    return ok(unread, message)
