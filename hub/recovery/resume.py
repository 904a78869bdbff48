"""Takes a client back that has dropped: what it followed, and what it has missed meanwhile."""

import heapq
from collections.abc import Mapping

from msgspec import Struct

from hub import wire
from hub.door.sessions import Session, Sessions
from hub.engine import EncodedEvent, Resume
from hub.fanout.fanout import Fanout
from hub.fanout.hidden import seen_by
from hub.metrics import RECOVERIES
from hub.presence import Presence
from hub.recovery.ledger import Ledger
from hub.recovery.offset import Offset, read_offset, snapshot_part, tag_of, write_offset
from hub.streams.streams import Streams
from rooms.errors import HubError
from storage.log import LogEvent
from storage.postgres import answering
from storage.recoveries import Claimed, Floor, Missed, Standing, TooMuchMissed

MAX_EVENTS = 2_000
"""Missed events that are replayed; beyond, the client reads on by `since`, page by page."""
MAX_BYTES = 2_097_152
"""The same in bytes; they are sent as fast as the client reads."""


class Recovered(Struct, frozen=True):
    """A client that goes on where it was."""

    sid: str
    pid: str
    replay: list[EncodedEvent]
    """What it has missed, each with an offset of its own."""


class Lost(Exception):
    """A client cannot go on where it was; the argument is why, for the metric."""


class Recovery:
    """Takes clients back onto this node."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        missed: Missed,
        sessions: Sessions,
        streams: Streams,
        fanout: Fanout,
        presence: Presence,
    ) -> None:
        self._ledger = ledger
        self._missed = missed
        self._sessions = sessions
        self._streams = streams
        self._fanout = fanout
        self._presence = presence

    async def resume(self, session: Session, brought: Resume) -> Recovered | None:
        """Follows what the dropped socket followed, and reads what it has missed; or does nothing.

        What happens from now on is held by the link until it is let in, and comes after the replay.
        """
        try:
            with answering():
                recovered = await self._resume(session, brought)
        except Lost as lost:
            outcome = str(lost)
        except TooMuchMissed:
            outcome = "too_much"
        except HubError as error:
            outcome = "refused" if error.status < 500 else "unavailable"
        else:
            RECOVERIES.labels("recovered").inc()
            return recovered
        RECOVERIES.labels(outcome).inc()
        await self._fanout.leave_all(session)
        session.floors.clear()
        if session.link.pid is not None:
            self._ledger.forget(session)
            session.link.pid = None
        return None

    def gone(self, session: Session, reason: str) -> None:
        """A socket has gone; it may come back."""
        self._ledger.drop(session, reason)

    async def _resume(self, session: Session, brought: Resume) -> Recovered:
        offset = Offset(None, None, {}) if brought.offset is None else read_offset(brought.offset)
        if offset is None:
            raise Lost("no_offset")
        claimed = await self._ledger.claim(session, brought.pid)
        if claimed is None:
            raise Lost("unknown")
        session.link.pid = brought.pid
        self._end_older(claimed)
        if offset.life is not None and offset.life != claimed.life:
            raise Lost("no_offset")
        for stream in claimed.streams:
            await self._streams.check_access(session.principal, stream)
            await self._fanout.join(session, stream)
        standing = await self._stand(claimed, offset)
        found = await self._read(claimed.streams, standing)
        for stream in claimed.streams:
            if not await self._fanout.reach(stream, standing[stream].head):
                raise Lost("epoch")
        snapshot = snapshot_part(brought.offset or "")
        sequences = self._go_live(session, claimed, standing, found)
        return Recovered(claimed.sid, brought.pid, _stamped(sequences, snapshot, offset.seqs))

    def _end_older(self, claimed: Claimed) -> None:
        """A connection that this node has not missed yet is of no use any more."""
        older = self._sessions.of_connection(claimed.connection_id)
        if older is not None:
            older.end("transport close")

    async def _stand(self, claimed: Claimed, offset: Offset) -> Mapping[str, Standing]:
        tags = {tag_of(stream): stream for stream in claimed.streams}
        if len(tags) < len(claimed.streams):
            raise Lost("no_offset")
        seqs = {tags[tag]: seq for tag, seq in offset.seqs.items() if tag in tags}
        standing = await self._missed.stand(claimed.streams, seqs, offset.snapshot, MAX_EVENTS)
        if len(standing) < len(claimed.streams):
            raise Lost("epoch")
        return standing

    async def _read(
        self, streams: Mapping[str, Floor], standing: Mapping[str, Standing]
    ) -> dict[str, list[LogEvent]]:
        found: dict[str, list[LogEvent]] = {}
        left = MAX_EVENTS
        for stream, floor in streams.items():
            found[stream] = await self._missed.events(stream, floor.epoch, standing[stream], left)
            left -= len(found[stream])
        if sum(len(event.body) for events in found.values() for event in events) > MAX_BYTES:
            raise TooMuchMissed
        return found

    def _go_live(
        self,
        session: Session,
        claimed: Claimed,
        standing: Mapping[str, Standing],
        found: Mapping[str, list[LogEvent]],
    ) -> list[list[tuple[LogEvent, str]]]:
        """From the log to live, without a pause in which anything could fall between."""
        sequences = []
        for stream, events in found.items():
            waiting = self._fanout.go_on(session, stream, standing[stream].head)
            seen = (seen_by(event, session.hidden) for event in (*events, *waiting))
            sequences.append([(event, stream) for event in seen])
            if stream.startswith("room:"):
                self._presence.entered(session, stream.partition(":")[2])
        session.floors.update(claimed.streams)
        return sequences


def _stamped(
    sequences: list[list[tuple[LogEvent, str]]], snapshot: bytes, seqs: Mapping[str, int]
) -> list[EncodedEvent]:
    """Events of all streams in one order, each stream's kept; a drop in between loses nothing.

    Their offsets go on from the one that was brought: they place this one client alone.
    """
    reached = dict(seqs)
    replay = []
    for event, stream in heapq.merge(*sequences, key=lambda one: _at(one[0])):
        reached[tag_of(stream)] = event.seq
        offset = write_offset(snapshot, reached).encode()
        replay.append(wire.event_frame(event.name, event.body, offset))
    return replay


def _at(event: LogEvent) -> bytes:
    """When it happened, as the log wrote it into the body (ISO 8601, fixed width)."""
    start = event.body.find(b'"at":"') + 6
    return event.body[start : start + 24]
