"""Setting a session's times, and what the hub does when they come."""

from math import ceil

from msgspec import UNSET
from msgspec.structs import asdict, replace

from rooms.errors import Invalid
from rooms.feature import Context, Event, Outcome, RunAt
from rooms.notices import Notice
from rooms.playback.controls import NotHost, SessionOver, host_of, room_of
from rooms.playback.state import START_LEAD_MS, STOP_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import anchor_at
from rooms.playback.turntable import (
    Turntable,
    conclude,
    effective_ms,
    on_playback,
    place,
    play_item,
    upcoming,
    view,
)
from rooms.room import at_least
from rooms.session.commands import (
    MAX_LASTS_MS,
    EndSession,
    ScheduleSession,
    SessionDue,
    SessionEnded,
    SessionScheduled,
    SessionStarted,
)
from rooms.session.schedule import EndReason, Schedule, show_schedule

REMIND_MS = 600_000
"""So long before the start its members hear of it; at once, when it is set later than that."""
LATE_MS = 60_000
"""A start this far in the past is one that was typed slowly: it begins at once."""


def schedule_session(state: PlaybackState, command: ScheduleSession, context: Context) -> Outcome:
    """Sets when the session begins and ends; the host and the room's admins may.

    Raises:
        NotHost: the actor is neither.
        Invalid: a time in the past or more than a year ahead; an end before the start.
        SessionOver: it has ended, and no new start is given.
    """
    _require_host(state, context, "set the session's times")
    table = on_playback(state, context)
    schedule = scheduled_by(state.schedule, command, context.now_ms)
    if schedule == state.schedule:
        return conclude(table, table, context, "playback", view(table, context))
    told = Event("session:scheduled", SessionScheduled(**asdict(show_schedule(schedule))))
    after = replace(table, playback=replace(state, schedule=schedule), events=(told,))
    return _with_timers(table, after, context)


def end_session(state: PlaybackState, command: EndSession, context: Context) -> Outcome:
    """Ends the session; the host and the room's admins may. Ending twice changes nothing.

    Raises:
        NotHost: the actor is neither.
    """
    _require_host(state, context, "end the session")
    table = on_playback(state, context)
    if state.schedule.stage == "ended":
        return conclude(table, table, context, "playback", view(table, context))
    return _with_timers(table, _over(table, context, "ended"), context)


def remind_of_session(state: PlaybackState, command: SessionDue, context: Context) -> Outcome:
    """The session begins soon (timer `session.remind`): whoever has joined the room is told."""
    schedule, left_ms = state.schedule, command.at_ms - context.now_ms
    if schedule.stage != "scheduled" or schedule.starts_at_ms != command.at_ms or left_ms <= 0:
        return Outcome(state)
    minutes = ceil(left_ms / 60_000)
    room = room_of(context)
    told = Notice(
        id=context.ids[0],
        kind="session",
        room_id=room.id,
        actor_id=host_of(state, room) or context.actor.user_id,
        text="It begins in a minute." if minutes == 1 else f"It begins in {minutes} minutes.",
    )
    return Outcome(state, rows=(told,))


def begin_session(state: PlaybackState, command: SessionDue, context: Context) -> Outcome:
    """The session's time has come (timer `session.start`): what is queued sounds at that time.

    The timer is due a lead before, so that the first sound is on the second. Music that plays
    already goes on; where nothing is queued, the first item added starts by itself.
    """
    table = on_playback(state, context)
    schedule = state.schedule
    if schedule.stage != "scheduled" or schedule.starts_at_ms != command.at_ms:
        return conclude(table, table, context, "playback", None)
    at_ms = max(command.at_ms, state.at_ms)
    if at_ms < context.now_ms:  # nobody was there to run it in time
        at_ms = context.now_ms + START_LEAD_MS
    told = Event("session:started", SessionStarted(started_at_ms=at_ms))
    begun = replace(state, schedule=replace(schedule, started_at_ms=at_ms))
    after = replace(table, playback=begun, events=(told,))
    if state.status in ("paused", "ended"):
        after = _sounding(after, context, at_ms)
    return conclude(table, after, context, "playback", None)


def expire_session(state: PlaybackState, command: SessionDue, context: Context) -> Outcome:
    """The session's time is over (timer `session.end`)."""
    table = on_playback(state, context)
    schedule = state.schedule
    if schedule.stage == "ended" or schedule.ends_at_ms != command.at_ms:
        return conclude(table, table, context, "playback", None)
    return _with_timers(table, _over(table, context, "expired"), context)


def scheduled_by(before: Schedule, command: ScheduleSession, now_ms: int) -> Schedule:
    """The times as a command sets them.

    Raises:
        Invalid: a time in the past or more than a year ahead; an end before the start.
        SessionOver: it has ended, and no new start is given.
    """
    starts_at_ms, ends_at_ms = before.starts_at_ms, before.ends_at_ms
    anew = command.starts_at_ms is not UNSET and command.starts_at_ms != starts_at_ms
    if command.starts_at_ms is not UNSET:
        starts_at_ms = command.starts_at_ms
    if before.stage == "ended" and (not anew or starts_at_ms is None):
        raise SessionOver("This session has ended. Give it a new start.")
    if before.stage == "ended":
        ends_at_ms = None
    if command.ends_at_ms is not UNSET:
        ends_at_ms = command.ends_at_ms
    if command.lasts_ms is not None:
        ends_at_ms = max(starts_at_ms or now_ms, now_ms) + command.lasts_ms
    if anew and starts_at_ms is not None:
        _check_time("starts_at_ms", starts_at_ms, now_ms - LATE_MS, now_ms + MAX_LASTS_MS)
    if ends_at_ms is not None and ends_at_ms != before.ends_at_ms:
        first_ms = max(starts_at_ms or 0, now_ms)
        _check_time("ends_at_ms", ends_at_ms, first_ms, first_ms + MAX_LASTS_MS)
    if ends_at_ms is not None and starts_at_ms is not None and ends_at_ms <= starts_at_ms:
        raise Invalid.field("ends_at_ms", "BEFORE_START", "A session ends after it starts.")
    if anew:
        return Schedule(starts_at_ms, ends_at_ms)
    return replace(before, ends_at_ms=ends_at_ms)


def _check_time(field: str, at_ms: int, from_ms: int, until_ms: int) -> None:
    if at_ms < from_ms:
        raise Invalid.field(field, "IN_THE_PAST", "This time has passed already.")
    if at_ms > until_ms:
        raise Invalid.field(field, "TOO_FAR", "This time is more than a year ahead.")


def _sounding(table: Turntable, context: Context, at_ms: int) -> Turntable:
    """The table with music from `at_ms` on, or from the first item that comes."""
    playback = table.playback
    if table.queue.current is not None and table.queue.current.playable:
        started = place(
            playback, context, playback.position_ms, sounding=True, seamless_at_ms=at_ms
        )
        return replace(table, playback=started)
    item = upcoming(table.queue)
    if item is not None:
        return play_item(table, context, item, "start", seamless_at_ms=at_ms)
    waiting = replace(
        playback, rev=playback.rev + 1, status="ended", at_ms=at_ms, ran_dry=True, prepared_id=None
    )
    return replace(table, playback=waiting)


def _over(table: Turntable, context: Context, reason: EndReason) -> Turntable:
    """The table in silence, with its session ended."""
    playback = table.playback
    if playback.status in ("playing", "waiting"):
        at_ms = effective_ms(playback, context, STOP_LEAD_MS)
        position_ms = anchor_at(line_of(playback), at_ms)
        playback = place(playback, context, position_ms, sounding=False)
    ended = replace(playback.schedule, ended_at_ms=context.now_ms, reason=reason)
    told = Event("session:ended", SessionEnded(reason=reason, ended_at_ms=context.now_ms))
    silent = replace(playback, schedule=ended, ran_dry=False)
    return replace(table, playback=silent, events=(*table.events, told))


def _with_timers(before: Turntable, after: Turntable, context: Context) -> Outcome:
    """The outcome of a change of the schedule, with the hub's own appointments."""
    outcome = conclude(before, after, context, "playback", view(after, context))
    room_id, schedule = room_of(context).id, after.playback.schedule
    timers: list[RunAt] = []
    starts_ms = schedule.starts_at_ms if schedule.stage == "scheduled" else None
    ends_ms = schedule.ends_at_ms if schedule.stage != "ended" else None
    for key, at_ms, lead_ms, command in (
        ("session.remind", starts_ms, REMIND_MS, "session:remind"),
        ("session.start", starts_ms, START_LEAD_MS, "session:begin"),
        ("session.end", ends_ms, 0, "session:expire"),
    ):
        if at_ms is None:
            timers.append(RunAt(key, None))
        else:
            due = SessionDue(room_id=room_id, at_ms=at_ms)
            timers.append(RunAt(key, at_ms - lead_ms, command, due))
    return replace(outcome, later=(*outcome.later, *timers))


def _require_host(state: PlaybackState, context: Context, what: str) -> None:
    actor = context.actor
    if actor.user_id != host_of(state, context.room) and not at_least(context.member, "admin"):
        raise NotHost(f"Only the host can {what}.")
