"""/api/v1/co-listening/sessions: a public room around one track, with the caller as its host."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from aiohttp import web
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from api.auth.principals import caller
from api.bodies import read_json, read_query
from api.envelope import ok
from api.parts import Api
from api.queue.rooms import actor_of, id_of, op_id, position_s, run, track_of
from api.schemas.queues import ListeningView, NewListening, ReplayQuery, SessionTimes
from api.times import utc
from rooms.errors import FieldError, Forbidden, Gone, Invalid, NotFound
from rooms.ids import UUID_PATTERN
from rooms.membership.commands import CreateRoom
from rooms.queue.commands import AddItems
from rooms.session.commands import EndSession, ScheduleSession
from rooms.session.rules import scheduled_by
from rooms.session.schedule import Schedule
from rooms.times import iso
from storage.queue.rooms import ListeningSession

_FIELDS = {"starts_at_ms": "starts_at", "ends_at_ms": "expires_at"}
"""How this address calls the times."""


async def create_session(request: web.Request, api: Api) -> web.Response:
    """A session that waits at the start of the track until its time comes, or its host plays."""
    body = await read_json(request, NewListening)
    principal = caller(request)
    track_id = await track_of(api, body.track_id)
    track = await api.hearing.require(await api.catalog.get(track_id), principal)
    times = _times("", body.starts_at or UNSET, body.expires_at or UNSET, body.duration_s)
    with _in_our_words():
        scheduled_by(Schedule(), times, api.now_ms())
    actor = actor_of(principal)
    room = CreateRoom(name=track.title, type="public", facets=("playback", "queue"))
    made = await api.submit("room:create", room, room_id=None, actor=actor)
    room_id = id_of(made.data)
    add = AddItems(room_id=room_id, op_id=op_id(), track_ids=(track.id,))
    await run(api, "item:add", add, room_id, actor)
    await api.queue_rooms.keep_session(room_id, actor.user_id, track.id)
    await run(api, "session:schedule", replace(times, room_id=room_id), room_id, actor)
    return ok(await _view(await _find(room_id, api), api), "Session created", status=201)


async def get_session(request: web.Request, api: Api) -> web.Response:
    """What plays in a session, and where it is."""
    found = await _find(request.match_info["id"], api)
    return ok(await _view(found, api), "Session")


async def set_times(request: web.Request, api: Api) -> web.Response:
    """Sets when it begins and ends; its host may, and who made it."""
    body = await read_json(request, SessionTimes)
    found = await _find(request.match_info["id"], api)
    times = _times(found.id, body.starts_at, body.expires_at, body.duration_s)
    with _in_our_words():
        await run(api, "session:schedule", times, found.id, actor_of(caller(request)))
    return ok(await _view(await _find(found.id, api), api), "Session updated")


async def end_session(request: web.Request, api: Api) -> web.Response:
    """Ends it for everybody; its host may, and who made it. It can be replayed."""
    found = await _find(request.match_info["id"], api)
    end = EndSession(room_id=found.id, op_id=op_id())
    with _in_our_words():
        await run(api, "session:end", end, found.id, actor_of(caller(request)))
    return ok(None, "Session ended")


async def replay_session(request: web.Request, api: Api) -> web.Response:
    """What sounded in a session and what was said to it, also once it has ended."""
    principal = caller(request)
    query = read_query(request, ReplayQuery)
    session_id = request.match_info["id"]
    known = re.fullmatch(UUID_PATTERN, session_id) is not None
    found = await api.queue_rooms.session(session_id) if known else None
    if found is None or not await api.may_enter(found.id, principal):
        raise NotFound("There is no such session.", "SESSION_NOT_FOUND")
    page = await api.queue_rooms.replays.page(found.id, query.after, query.limit, principal)
    return ok(page, "Replay")


async def _find(session_id: str, api: Api) -> ListeningSession:
    known = re.fullmatch(UUID_PATTERN, session_id) is not None
    found = await api.queue_rooms.session(session_id) if known else None
    if found is None:
        raise NotFound("There is no such session.", "SESSION_NOT_FOUND")
    if found.ended:
        raise Gone("This session has ended.", "SESSION_ENDED")
    return found


async def _view(found: ListeningSession, api: Api) -> ListeningView:
    queue, playback = await api.queue_rooms.state(found.id)
    now_ms, times = api.now_ms(), playback.schedule
    upcoming = queue.items[0].track_id if queue.items else None
    return ListeningView(
        id=found.id,
        host_id=playback.host_id or found.creator_id,
        track_id=playback.track_id or upcoming,
        is_playing=playback.status == "playing",
        position=position_s(playback, now_ms),
        server_time_ms=now_ms,
        created_at=utc(found.created_at),
        stage=times.stage,
        starts_at=None if times.starts_at_ms is None else iso(times.starts_at_ms),
        expires_at=None if times.ends_at_ms is None else iso(times.ends_at_ms),
    )


def _times(
    room_id: str,
    starts_at: datetime | UnsetType | None,
    expires_at: datetime | UnsetType | None,
    duration_s: int | None,
) -> ScheduleSession:
    return ScheduleSession(
        room_id=room_id,
        op_id=op_id(),
        starts_at_ms=_at_ms("starts_at", starts_at),
        ends_at_ms=_at_ms("expires_at", expires_at),
        lasts_ms=None if duration_s is None else duration_s * 1_000,
    )


def _at_ms(field: str, at: datetime | UnsetType | None) -> int | UnsetType | None:
    if at is None or at is UNSET:
        return at
    if at.tzinfo is None:
        raise Invalid.field(field, "NO_OFFSET", "Say in which zone: 2026-11-21T20:00:00Z.")
    return int(at.timestamp() * 1_000)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Times that the rules refuse are named as this address calls them; strangers are no hosts."""
    try:
        yield
    except Forbidden:
        raise Forbidden("Only the host of this session can do that.", "NOT_HOST") from None
    except Invalid as error:
        named = (FieldError(_FIELDS.get(f.field, f.field), f.code, f.message) for f in error.fields)
        raise Invalid(error.message, error.code, fields=tuple(named)) from None
