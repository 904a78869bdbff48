"""Players of sockets: opened, fed with chunks as their listeners ask, and ended with their socket.

Nothing is sent that was not asked for, and no more than the socket takes (feeder.py). Who may
hear a track is asked when it is opened and again every minute.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uuid_utils

from hub.access import check_room
from hub.calls.call import Answer, Call
from hub.door.sessions import Session
from hub.players.calls import (
    PLAYERS,
    ClosePlayer,
    LogPlay,
    OpenPlayer,
    PlayerClosed,
    PlayerEnded,
    PlayerFailed,
    PlayerOpened,
    PlayLogged,
    ReportPlayer,
    RequestChunks,
    RungChanged,
    RungChosen,
    RungView,
    SeekPlayer,
    SoughtTo,
)
from hub.players.feeder import Feeder
from hub.players.opened import PATIENCE, Opened, Patience
from media.player.adapt import Report
from media.player.chunk_reader import ChunkReader
from media.player.player import Granted, player_for
from rooms.errors import Conflict, HubError, Invalid, NotFound, Unavailable
from rooms.features import FEATURES
from rooms.queue.items import QueueState
from storage.backends import Pool
from storage.rooms import rooms
from storage.tracks.hearing import Hearing
from storage.tracks.media import TrackMedia, find_track_media
from storage.tracks.plays import Play, Plays

log = logging.getLogger(__name__)

MAX_PLAYERS = 4
"""Open at once on one socket."""


class Players:
    """Answers `player:*` and feeds the players of this node. Open it with `open_players`."""

    def __init__(
        self, pool: Pool, reader: ChunkReader, tasks: asyncio.TaskGroup, patience: Patience
    ) -> None:
        self._pool = pool
        self._patience = patience
        self._hearing = Hearing(pool)
        self._plays = Plays(pool)
        self._feeder = Feeder(reader, tasks, self._fail)
        self._tasks = tasks
        self._open: dict[Session, dict[str, Opened]] = {}
        self._checking: asyncio.Task[None] | None = None

    def calls(self) -> Mapping[str, Call]:
        """Calls by wire name."""
        answers: dict[str, Answer] = {
            "player:open": self._open_one,
            "player:request": self._request,
            "player:seek": self._seek,
            "player:metrics": self._metrics,
            "player:close": self._close,
            "play:log": self._log_play,
        }
        # Chunks follow the ack of what asked for them.
        after = {"player:request": self._feed}
        return {name: Call(s, answers[name], after.get(name)) for name, s in PLAYERS.items()}

    def gone(self, session: Session) -> None:
        """A socket is gone, and its players with it."""
        for one in list(self._open.get(session, {}).values()):
            self._end(one)

    def close(self) -> None:
        """Ends all of them; the node is stopping."""
        for one in self._all():
            self._end(one)
        if self._checking is not None:
            self._checking.cancel()

    def sweep(self) -> None:
        """Closes what nobody uses and begins to ask again who may hear; called once a second."""
        for one in self._all():
            if one.is_idle:
                self._end(one)
                one.tell("player:ended", PlayerEnded(one.id, "expired"))
        due = [one for one in self._all() if one.is_unchecked]
        if due and (self._checking is None or self._checking.done()):
            self._checking = self._tasks.create_task(self._check(due), name="players-check")

    async def _open_one(self, session: Session, call: OpenPlayer) -> PlayerOpened:
        track_id = await self._track_id(session, call)
        track = await self._hearing.find(track_id, session.principal)
        player = player_for(track, call.quality, call.codecs)
        index = player.seek(call.position_ms)
        if len(self._open.get(session, {})) >= MAX_PLAYERS:
            raise Conflict(f"{MAX_PLAYERS} players are open on this connection. Close one.")
        one = Opened(str(uuid_utils.uuid7()), session, track.id, player, self._patience)
        if session.link.closed:
            raise NotFound("This connection is gone.")
        self._open.setdefault(session, {})[one.id] = one
        return PlayerOpened(
            player_id=one.id,
            track_id=track.id,
            duration_ms=player.timeline.duration_ms,
            chunk_ms=player.timeline.chunk_ms,
            chunks=player.timeline.count,
            from_index=index,
            rung=player.rung.name,
            rungs=tuple(
                RungView(r.name, r.codecs, r.bitrate_bps, r.codec == "flac") for r in player.rungs
            ),
            hls_url=f"/api/v1/tracks/{track.id}/hls/master.m3u8",
            expires_at=one.expires_at,
        )

    async def _track_id(self, session: Session, call: OpenPlayer) -> str:
        """The track that a call names in one of its ways."""
        if call.live_id is not None:
            message = "Broadcasts play over HLS: `live:watch` says where."
            raise Invalid.field("live_id", "UNSUPPORTED", message)
        if (call.track_id is None) == (call.item_id is None):
            raise Invalid.field("track_id", "REQUIRED", "Name a track or an item, not both.")
        if call.item_id is None:
            assert call.track_id is not None
            return call.track_id
        if call.room_id is None:
            raise Invalid.field("room_id", "REQUIRED", "Say which room the item is queued in.")
        room_id, item_id = call.room_id.lower(), call.item_id.lower()
        await check_room(self._pool, room_id, session.principal)
        queue = (await rooms.slices(self._pool, room_id, FEATURES))["queue"]
        assert isinstance(queue, QueueState)
        for item in (*queue.items, *queue.history):
            if item.id == item_id:
                return item.track_id
        raise NotFound("There is no such item in this room's queue.")

    async def _request(self, session: Session, call: RequestChunks) -> Granted:
        return self._of(session, call.player_id).player.ask(
            call.from_index, call.credits, call.rung
        )

    async def _seek(self, session: Session, call: SeekPlayer) -> SoughtTo:
        player = self._of(session, call.player_id).player
        index = player.seek(call.position_ms)
        return SoughtTo(index, player.timeline.start_ms(index))

    async def _metrics(self, session: Session, call: ReportPlayer) -> RungChosen:
        one = self._of(session, call.player_id)
        before = one.player.rung
        report = Report(call.throughput_bps, call.buffer_ms, call.underruns)
        if one.player.report(report):
            now = one.player.rung
            is_up = now.bitrate_bps > before.bitrate_bps
            changed = RungChanged(
                one.id, now.name, one.player.next_index, "up" if is_up else "down"
            )
            one.tell("player:rung_changed", changed)
        return RungChosen(one.player.rung.name)

    async def _close(self, session: Session, call: ClosePlayer) -> PlayerClosed:
        one = self._of(session, call.player_id)
        self._end(one)
        return PlayerClosed(one.id)

    async def _log_play(self, session: Session, call: LogPlay) -> PlayLogged:
        track = await self._hearing.find(call.track_id, session.principal)
        logged = await self._plays.add(
            Play(
                track_id=track.id,
                user_id=session.principal.user_id,
                listened_ms=call.listened_ms,
                is_completed=call.completed,
                context=call.context,
                device=session.kind,
                ip_address=session.link.address,
            )
        )
        if logged is None:
            raise NotFound("Track not found", "TRACK_NOT_FOUND")
        return PlayLogged(logged.listened_ms, logged.counted)

    def _of(self, session: Session, player_id: str) -> Opened:
        """A player of this socket; another's is as good as none."""
        one = self._open.get(session, {}).get(player_id.lower())
        if one is None:
            raise NotFound("There is no such player on this connection.")
        one.touch()
        return one

    def _all(self) -> list[Opened]:
        return [one for of_session in self._open.values() for one in of_session.values()]

    def _end(self, one: Opened) -> None:
        of_session = self._open.get(one.session, {})
        of_session.pop(one.id, None)
        if not of_session:
            self._open.pop(one.session, None)
        if one.feeder is not None and one.feeder is not asyncio.current_task():
            one.feeder.cancel()

    def _fail(self, one: Opened, error: HubError) -> None:
        self._end(one)
        one.tell("player:failed", PlayerFailed(one.id, error.code, error.message))

    def _feed(self, session: Session, call: RequestChunks, _granted: Any) -> None:
        one = self._open.get(session, {}).get(call.player_id.lower())
        if one is not None:
            self._feeder.feed(one)

    async def _check(self, due: list[Opened]) -> None:
        """Asks once for each track whether its listeners may still hear it."""
        tracks: dict[str, TrackMedia | None] = {}
        for one in due:
            try:
                if one.track_id not in tracks:
                    tracks[one.track_id] = await find_track_media(self._pool, one.track_id)
                await self._hearing.require(tracks[one.track_id], one.session.principal)
                one.checked()
            except Unavailable:
                log.info("players.unchecked")
                return
            except HubError as error:
                self._fail(one, error)


@asynccontextmanager
async def open_players(
    pool: Pool, reader: ChunkReader, patience: Patience = PATIENCE
) -> AsyncIterator[Players]:
    """Players while the block lasts; at its end nobody is fed any more."""
    async with asyncio.TaskGroup() as tasks:
        players = Players(pool, reader, tasks, patience)
        try:
            yield players
        finally:
            players.close()
