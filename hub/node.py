"""One web node, wired: everything between the backends and the sockets, opened in order."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct

from api.auth.principals import Authenticator
from hub.calls.controls import Controls
from hub.calls.moderation import ModerationCalls
from hub.calls.notifications import NotificationCalls
from hub.calls.queries import Queries
from hub.calls.sync import HINT as SYNC_HINT
from hub.calls.sync import Sync
from hub.calls.typing import HINT as TYPING_HINT
from hub.calls.typing import Typing
from hub.chores.notices import Notices, open_notices
from hub.dispatch import Dispatcher
from hub.door.arrivals import Arrivals
from hub.door.crowds import Crowds
from hub.door.door import SOCKETS_PER_USER, Door
from hub.door.hidings import Hidings
from hub.door.revocations import Revocations
from hub.door.sessions import Session, Sessions
from hub.door.strangers import Strangers
from hub.fanout.deliveries import Deliveries
from hub.fanout.fanout import Fanout
from hub.fanout.opening import open_fanout
from hub.fanout.own_hints import own_hints, told_of_commits
from hub.fanout.unreads import HINT as SPOKEN_HINT
from hub.fanout.unreads import Unreads
from hub.live.audience import LiveAudiences
from hub.partings import Partings, open_partings
from hub.people import People
from hub.players.opened import PATIENCE, Patience
from hub.players.players import open_players
from hub.presence import HINT as PRESENCE_HINT
from hub.presence import Presence, PresenceCalls, Showing, open_presence
from hub.push import Pusher, open_pusher
from hub.recovery.ledger import open_ledger
from hub.recovery.resume import Recovery
from hub.streams.snapshots import Snapshots
from hub.streams.streams import Streams
from hub.timers import Timers, open_timers
from media.hls.segment_cache import SegmentCache
from media.player.chunk_reader import ChunkReader
from rooms.feature import Feature
from rooms.features import FEATURES
from storage.accounts.news import (
    PRESENCE_CHOSEN,
    SESSION_ENDED,
    USER_BLOCKED,
    USER_CHANGED,
    open_news,
)
from storage.accounts.sessions import Sessions as SignIns
from storage.backends import Backends
from storage.bus import Bus, open_bus
from storage.commit import Committer, open_committer
from storage.health import database_answers, redis_answers
from storage.log import Log
from storage.moderation.blocks import Blocks
from storage.notifications.push import PushStore
from storage.presence.crowds import CrowdHints
from storage.presence.places import Places
from storage.rate_limits import EventLimiter
from storage.recoveries import Missed, Recoveries
from storage.row_stores import ROW_STORES

TICK_S = 1.0
LIVE_FEATURES = ("whip", "whep")
"""What `hello` says beyond what every node can, where there is an ingest to hand sound to."""
RECOVERY_S = 120.0
"""How long a client that dropped can come back as if nothing had happened."""


class Node(Struct, frozen=True):
    """What the web application hangs on."""

    backends: Backends
    committer: Committer
    bus: Bus
    fanout: Fanout
    door: Door
    sessions: Sessions
    chunks: ChunkReader
    pusher: Pusher
    showing: Showing


@asynccontextmanager
async def open_node(
    backends: Backends,
    *,
    database_url: str,
    authenticator: Authenticator,
    limits: bool,
    public_url: str,
    features: tuple[Feature, ...] = FEATURES,
    recovery_s: float = RECOVERY_S,
    goes_live: bool = False,
    takes_rtmp: bool = False,
    patience: Patience = PATIENCE,
) -> AsyncIterator[Node]:
    """A node that follows streams, commits and answers; closed in reverse order.

    Clients that dropped are taken back for `recovery_s`; 0 takes nobody back. With `goes_live` they
    are told that broadcasts come in and go out by WebRTC, with `takes_rtmp` that they come in by
    RTMP, too. Players have `patience` with their listeners.
    """
    pool, redis = backends.pool, backends.redis
    stream_log = Log(pool)
    sessions = Sessions()
    chunks = ChunkReader(backends.objects, SegmentCache())
    recoveries = Recoveries(pool) if recovery_s else None
    async with (
        open_fanout(stream_log, recoveries) as fanout,
        open_ledger(recoveries, recovery_s) as ledger,
    ):
        typing = Typing(fanout.send_ephemeral)
        sync = Sync(pool, fanout.send_ephemeral)
        places = Places(redis, secrets.token_urlsafe(9))
        most_sockets = SOCKETS_PER_USER if limits else None
        crowds = Crowds(sessions, places, CrowdHints(redis, places.node), most_sockets)
        presence = Presence(pool=pool, places=places, sessions=sessions, send=fanout.send_ephemeral)
        unreads = Unreads(pool, fanout)
        hearers = {
            TYPING_HINT: typing.hear,
            PRESENCE_HINT: presence.hear,
            SYNC_HINT: sync.hear,
            SPOKEN_HINT: unreads.hear,
        }
        fanout.on_ephemeral = own_hints(hearers)
        async with (
            open_bus(backends.redis_target, fanout.hear) as bus,
            open_committer(
                database_url,
                features,
                ROW_STORES,
                told_of_commits(bus.publish_commit, unreads.note, partial(typing.said, bus)),
                public_url,
            ) as committer,
            open_presence(presence),
            open_timers(Timers(pool, features, committer, presence.there)),
            open_partings(Partings(pool, committer, presence.listening)) as partings,
            open_players(pool, chunks, patience) as players,
            open_pusher(PushStore(pool), _contact(public_url)) as pusher,
            open_notices(Notices(pool, committer, pusher)),
        ):
            fanout.attach(bus)
            presence.attach(bus)
            presence.watched.on_gone = fanout.on_left = partings.parted
            sync.attach(bus, presence)
            strangers = Strangers(pool, fanout, presence)
            fanout.on_evicted, fanout.on_closed = strangers.put_out, strangers.closed
            snapshots = Snapshots(pool, features, presence, typing)
            streams = Streams(pool, stream_log, fanout, snapshots, ledger)
            showing = Showing(pool, presence, partial(typing.stop, bus))
            audiences = LiveAudiences(pool, presence, bus.publish_nowait)
            deliveries = Deliveries(pool, bus, fanout, presence, sync.is_auditorium)
            controls = Controls(
                pool=pool,
                bus=bus,
                deliveries=deliveries,
                streams=streams,
                presence=presence,
                typing=typing,
                is_auditorium=sync.is_auditorium,
                authenticate=authenticator.authenticate,
            )
            calls = {
                **controls.calls(),
                **PresenceCalls(pool, presence, showing).calls(),
                **Queries(pool, features, snapshots).calls(),
                **NotificationCalls(pool, bus.publish_nowait).calls(),
                **ModerationCalls(pool, People(pool, committer, bus.publish_nowait)).calls(),
                **sync.calls(),
                **audiences.calls(),
                **players.calls(),
            }
            dispatcher = Dispatcher(
                pool=pool,
                features=features,
                calls=calls,
                committer=committer,
                limiter=EventLimiter(limits),
                present=presence.present,
                all_present=presence.all_present,
                listening=presence.listening,
            )
            arrivals = Arrivals(authenticator, pool)
            recovery = None
            if ledger is not None:
                recovery = Recovery(
                    ledger=ledger,
                    missed=Missed(pool),
                    sessions=sessions,
                    streams=streams,
                    fanout=fanout,
                    presence=presence,
                )
            door = Door(
                arrivals=arrivals,
                dispatcher=dispatcher,
                sessions=sessions,
                fanout=fanout,
                presence=presence,
                limits=dispatcher.limits(),
                sockets_per_user=most_sockets,
                leaving=(
                    audiences.gone,
                    players.gone,
                    lambda session: typing.stop(bus, session.principal.user_id),
                ),
                recovery=recovery,
                seated=crowds.note,
                features=_features(goes_live, takes_rtmp),
            )

            def rehide(session: Session, before: frozenset[str]) -> None:
                fanout.rehide(session)
                presence.rehide(session, before)

            hidings = Hidings(sessions, Blocks(pool), rehide)
            revocations = Revocations(sessions, SignIns(pool))

            def hear_all() -> None:
                hidings.hear_all()
                presence.choices.hear_all()

            hear = {
                SESSION_ENDED: revocations.hear,
                USER_CHANGED: revocations.hear,
                USER_BLOCKED: hidings.hear,
                PRESENCE_CHOSEN: presence.choices.hear,
            }
            async with (
                open_news(database_url, hear, hear_all) as news,
                asyncio.TaskGroup() as tasks,
            ):
                sweeps = (typing.sweep, sync.sweep, audiences.sweep, players.sweep)
                running = [
                    tasks.create_task(_tick(door, sweeps), name="node-tick"),
                    tasks.create_task(arrivals.run(), name="arrivals"),
                    tasks.create_task(crowds.run(), name="crowds"),
                    tasks.create_task(revocations.run(news), name="revocations"),
                    tasks.create_task(hidings.run(), name="hidings"),
                    tasks.create_task(strangers.run(), name="strangers"),
                    tasks.create_task(snapshots.run(), name="snapshots"),
                    tasks.create_task(deliveries.run(), name="deliveries"),
                    tasks.create_task(unreads.run(bus), name="unreads"),
                ]
                yield Node(
                    backends, committer, bus, fanout, door, sessions, chunks, pusher, showing
                )
                for task in running:
                    task.cancel()


def _contact(public_url: str) -> str:
    """Whom push services may write to about us (RFC 8292 §2.1)."""
    return public_url if public_url.startswith("https://") else "mailto:hub@localhost"


async def _tick(door: Door, sweeps: Sequence[Callable[[], None]]) -> None:
    """Once a second: what runs out by itself."""
    while True:
        await asyncio.sleep(TICK_S)
        for sweep in sweeps:
            sweep()
        door.check_tokens(time.time_ns() // 1_000_000)


def _features(goes_live: bool, takes_rtmp: bool) -> tuple[str, ...]:
    """What `hello` says beyond what every node can."""
    if not goes_live:
        return ()
    return (*LIVE_FEATURES, "rtmp") if takes_rtmp else LIVE_FEATURES


async def is_ready(node: Node) -> tuple[bool, dict[str, str]]:
    """Whether the node should get traffic, and each part's word.

    Redis away is no reason to send people elsewhere: every node would be out at once.
    """
    database = await database_answers(node.backends.pool)
    parts = {
        "database": "up" if database else "down",
        "redis": "up" if await redis_answers(node.backends.redis) else "down",
        "bus": node.bus.state,
        "drain": "draining" if node.door.draining else "no",
    }
    return database and not node.door.draining, parts
