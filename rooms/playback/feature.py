"""Co-listening: one shared timeline, moved by commands that take effect a moment later.

Everybody hears the same because nobody is told "now": each change names the server time from which
it holds. The hub ends tracks itself, so a session goes on without its host and without any client.
"""

from rooms.errors import Conflict
from rooms.feature import Command, Context, Feature, Limit
from rooms.playback import commands as ask
from rooms.playback.controls import SessionOver, host_of
from rooms.playback.departure import ListenerGone, lose_listener
from rooms.playback.host import HostChanged, claim_host, transfer_host
from rooms.playback.host_loss import HostLost, lose_host, replace_host
from rooms.playback.positions import TrackProcessing
from rooms.playback.readiness import buffering, deadline, ready
from rooms.playback.state import (
    PlaybackChanged,
    PlaybackPrepared,
    PlaybackState,
    PlaybackView,
    show_playback,
)
from rooms.playback.stepping import RESTART_AFTER_MS, ended, go_next, go_previous, prepare
from rooms.playback.timers import Due
from rooms.playback.transport import pause, play, seek, set_rate
from rooms.queue.items import QueueState
from rooms.session import commands as session
from rooms.session.rules import (
    begin_session,
    end_session,
    expire_session,
    remind_of_session,
    schedule_session,
)

__all__ = ["PLAYBACK", "RESTART_AFTER_MS", "PlaybackState"]


def _view(state: PlaybackState, context: Context) -> PlaybackView:
    queue: QueueState = context.slices.get("queue") or QueueState()
    return show_playback(state, queue.rev, host_of(state, context.room))


_LIMIT = Limit(10, 5)
_FAULTS = (Conflict, TrackProcessing, SessionOver)

PLAYBACK = Feature(
    name="playback",
    state=PlaybackState,
    facet="playback",
    beside=("queue",),
    view=_view,
    commands={
        "playback:play": Command(ask.Play, play, limit=_LIMIT, errors=_FAULTS),
        "playback:pause": Command(ask.Pause, pause, ids=0, limit=_LIMIT),
        "playback:seek": Command(ask.Seek, seek, ids=0, limit=_LIMIT),
        "playback:next": Command(ask.Step, go_next, limit=_LIMIT, errors=_FAULTS),
        "playback:previous": Command(ask.Step, go_previous, limit=_LIMIT),
        "playback:set_rate": Command(ask.SetRate, set_rate, ids=0, limit=_LIMIT),
        "playback:ready": Command(ask.Buffered, ready, ids=0, limit=_LIMIT),
        "playback:buffering": Command(ask.Buffered, buffering, ids=0, limit=_LIMIT),
        "host:transfer": Command(ask.TransferHost, transfer_host, ids=0, limit=_LIMIT),
        "host:claim": Command(ask.ClaimHost, claim_host, ids=0, limit=_LIMIT, of_all=True),
        "host:lost": Command(HostLost, lose_host, role=None, ids=0, internal=True),
        "listener:gone": Command(ListenerGone, lose_listener, role=None, internal=True),
        "host:replace": Command(HostLost, replace_host, role=None, ids=0, internal=True),
        "session:schedule": Command(
            session.ScheduleSession, schedule_session, ids=0, limit=_LIMIT, errors=(SessionOver,)
        ),
        "session:end": Command(session.EndSession, end_session, ids=0, limit=_LIMIT),
        "session:remind": Command(session.SessionDue, remind_of_session, role=None, internal=True),
        "session:begin": Command(session.SessionDue, begin_session, role=None, internal=True),
        "session:expire": Command(
            session.SessionDue, expire_session, role=None, ids=0, internal=True
        ),
        "playback:ended": Command(Due, ended, role=None, internal=True),
        "playback:prepare": Command(Due, prepare, role=None, ids=0, internal=True),
        "playback:deadline": Command(Due, deadline, role=None, ids=0, internal=True),
    },
    events={
        "playback:changed": PlaybackChanged,
        "playback:prepared": PlaybackPrepared,
        "host:changed": HostChanged,
        "session:scheduled": session.SessionScheduled,
        "session:started": session.SessionStarted,
        "session:ended": session.SessionEnded,
    },
)
