"""/api/v1/users/.../presence: what one shows, and how others are."""

from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

from api.auth.principals import caller
from api.bodies import read_json
from api.envelope import ok
from api.parts import Api
from api.refs import path_id
from api.schemas.presence import OwnPresence, PresenceChanges, PresenceOf
from rooms.access import Principal
from rooms.errors import NotFound
from rooms.presence import Activity, Chosen
from rooms.times import iso


async def set_presence(request: web.Request, api: Api) -> web.Response:
    """Changes what the caller shows of himself, on all his devices."""
    changes = await read_json(request, PresenceChanges)
    user_id = caller(request).user_id
    fields: dict[str, Any] = {
        name: value
        for name in ("status", "status_message", "invisible", "activity")
        if (value := getattr(changes, name)) is not UNSET
    }
    if changes.status_expires_at is not UNSET:
        ends = changes.status_expires_at
        fields["status_expires_at_ms"] = None if ends is None else int(ends.timestamp() * 1000)
    if changes.track_id is not UNSET or changes.track_title is not UNSET:
        fields["activity"] = _listening(changes)
    chosen = await api.presence.change(user_id, fields)
    return ok(_own(user_id, chosen), "Presence updated")


async def get_presence(request: web.Request, api: Api) -> web.Response:
    """How somebody is, as the caller may see him."""
    principal = caller(request)
    seen = await api.presence.of(principal, await _user(request, api, principal))
    activity: Activity | None = seen.activity
    answer = PresenceOf(
        user_id=seen.user_id,
        status=seen.status,
        last_seen_at=seen.last_seen_at,
        status_message=seen.status_message,
        track_id=activity.track_id if activity else None,
        track_title=activity.track_title if activity else None,
        activity=activity,
        devices=seen.devices,
    )
    return ok(answer, "Presence")


def _listening(changes: PresenceChanges) -> Activity | None:
    """What he does, with the track that was named beside it."""
    track_id, title = changes.track_id or None, changes.track_title or None
    if isinstance(changes.activity, Activity):
        return replace(changes.activity, track_id=track_id, track_title=title)
    return Activity("track", track_id, title) if track_id or title else None


def _own(user_id: str, chosen: Chosen) -> OwnPresence:
    activity, ends_ms = chosen.activity, chosen.status_expires_at_ms
    return OwnPresence(
        user_id=user_id,
        status=chosen.status,
        invisible=chosen.invisible,
        status_message=chosen.status_message,
        status_expires_at=None if ends_ms is None else iso(ends_ms),
        track_id=activity.track_id if activity else None,
        track_title=activity.track_title if activity else None,
        activity=activity,
    )


async def _user(request: web.Request, api: Api, principal: Principal) -> str:
    """The user of the path; `me` is the caller (C31)."""
    if request.match_info["id"] == "me":
        return principal.user_id
    user_id = await path_id(request, api, "user")
    if user_id is None:
        raise NotFound("There is no such user.")
    return user_id
