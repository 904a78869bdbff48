"""`stream:subscribe`: follow a room or one's own stream, and catch up with what was missed."""

from contextlib import suppress
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from hub.access import check_room, judge_entry
from hub.door.sessions import Session
from hub.engine import event
from hub.fanout.fanout import Fanout
from hub.fanout.hidden import caught_up
from hub.recovery.ledger import Ledger
from hub.streams.snapshots import Arrived, Snapshots
from rooms.access import Principal
from rooms.errors import FieldError, Forbidden, Unavailable
from rooms.ids import StreamName
from storage.backends import Pool
from storage.loader import Loader
from storage.log import CATCH_UP_LIMIT, Head, Log, NamedEnvelope
from storage.recoveries import Floor
from storage.user_streams import ensure_user_stream

MAX_STREAMS = 200
"""Streams one socket may follow."""


class Since(Struct, frozen=True):
    """Where the client's knowledge ends."""

    epoch: str
    seq: Annotated[int, Meta(ge=0)]


class Subscribe(Struct, frozen=True, kw_only=True):
    """Follow a stream from now on; with `since`, get first what has happened after it."""

    stream: StreamName
    since: Since | None = None
    limit: Annotated[int, Meta(ge=1, le=CATCH_UP_LIMIT)] = CATCH_UP_LIMIT


class Unsubscribe(Struct, frozen=True):
    """Stop following a stream."""

    stream: StreamName


class StreamAck(Struct, frozen=True):
    """The client has shown everything up to `seq`."""

    stream: StreamName
    seq: Annotated[int, Meta(ge=0)]


class Subscribed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Answer to `stream:subscribe`."""

    epoch: str
    seq: int
    recovered: bool
    events: list[NamedEnvelope] | tuple[()]
    more: bool
    snapshot: Any = None


class Streams:
    """Following streams: access, catch-up, and the moment a socket goes live."""

    def __init__(
        self,
        pool: Pool,
        stream_log: Log,
        fanout: Fanout,
        snapshots: Snapshots,
        ledger: Ledger | None = None,
    ) -> None:
        self._pool = pool
        self._log = stream_log
        self._fanout = fanout
        self._snapshots = snapshots
        self._heads: Loader[Head] = Loader(stream_log.heads)
        self._ledger = ledger

    async def subscribe(self, session: Session, command: Subscribe) -> Subscribed:
        """Joins the stream first and reads its log after, so nothing falls between the two.

        The socket gets live events only after `go_live`, which the dispatcher calls once the ack
        has been sent. Until the last page (`more`) it gets none.

        Raises:
            NotFound, Forbidden: no such stream for this user, or too many of them.
            Unavailable: the socket has gone meanwhile.
        """
        stream = command.stream.lower()
        kind, _, stream_id = stream.partition(":")
        if kind == "user" and stream_id != session.principal.user_id:
            raise Forbidden("This stream is somebody else's.")
        if stream not in session.streams and len(session.streams) >= MAX_STREAMS:
            message = f"One connection follows at most {MAX_STREAMS} streams."
            raise Forbidden(
                message, "QUOTA_EXCEEDED", fields=(FieldError("stream", "TOO_MANY", message),)
            )
        await self._join(session, stream)
        try:
            answer = await self._catch_up(session, stream, command)
            if self._ledger is not None and session.link.pid is not None and not answer.more:
                _check_here(session)
                session.floors[stream] = Floor(answer.epoch, answer.seq)
                await self._ledger.save(session)
            _check_here(session)
        except BaseException:
            await self._fanout.leave(session, stream)
            raise
        if answer.more:
            await self._fanout.leave(session, stream)
        return answer

    def place(self, session: Session, stream: str, answer: Subscribed) -> None:
        """Corrects the offset of a socket that is about to hear its ack, with events behind it.

        The last event it has seen may be another stream's and say that these have been delivered.
        """
        offset = self._fanout.own_offset(session, stream, answer.seq)
        if offset is not None:
            session.send(event("stream:placed", {"stream": stream, "data": {}}, offset=offset))

    def go_live(self, session: Session, stream: str, seq: int) -> None:
        """Starts live delivery after `seq`; harmless for a stream that is not being joined."""
        self._fanout.go_live(session, stream.lower(), seq)

    async def unsubscribe(self, session: Session, command: Unsubscribe) -> None:
        """Stops delivery of a stream."""
        await self._fanout.leave(session, command.stream.lower())
        if self._ledger is not None and session.link.pid is not None:
            with suppress(Unavailable):  # at worst it comes back with a recovery
                await self._ledger.save(session)

    async def check_access(self, principal: Principal, stream: str) -> None:
        """A user's stream is his alone; a room's is for members, a public one for every account.

        Raises:
            NotFound: the room does not exist for this user.
            Forbidden: somebody else's stream; the user is banned.
        """
        kind, _, stream_id = stream.partition(":")
        if kind == "user":
            if stream_id != principal.user_id:
                raise Forbidden("This stream is somebody else's.")
            await ensure_user_stream(self._pool, stream_id)
            return
        await check_room(self._pool, stream_id, principal)

    async def _join(self, session: Session, stream: str) -> None:
        try:
            await self._fanout.join(session, stream)
        except BaseException:
            await self._fanout.leave(session, stream)
            raise

    async def _catch_up(self, session: Session, stream: str, command: Subscribe) -> Subscribed:
        kind, _, stream_id = stream.partition(":")
        since = command.since
        arrived = None
        if kind == "user":
            head = await self._own_head(stream_id)
        else:
            arrived = await self._arrive(session, stream_id, snapshot=since is None)
            head = Head(arrived.entrance.epoch, arrived.entrance.seq)
        epoch, seq = head.epoch, head.seq
        if since is None or since.epoch != epoch or since.seq > seq:
            if arrived is None:
                return Subscribed(
                    epoch=epoch, seq=seq, recovered=False, events=(), more=False, snapshot={}
                )
            return await self._from_snapshot(session, stream_id, arrived)
        events = await self._log.catch_up(stream, epoch, since.seq, seq, command.limit)
        if session.hidden:
            events = caught_up(events, session.hidden)
        reached = events[-1].seq if events else seq
        return Subscribed(
            epoch=epoch, seq=reached, recovered=True, events=events, more=reached < seq
        )

    async def _from_snapshot(self, session: Session, room_id: str, arrived: Arrived) -> Subscribed:
        if arrived.shared is None:
            arrived = await self._arrive(session, room_id, snapshot=True)
        user_id = session.principal.user_id
        snapshot = await self._snapshots.of_room(room_id, user_id, arrived, session.hidden)
        return Subscribed(
            epoch=snapshot.epoch,
            seq=snapshot.seq,
            recovered=False,
            events=(),
            more=False,
            snapshot=snapshot.body,
        )

    async def _arrive(self, session: Session, room_id: str, *, snapshot: bool) -> Arrived:
        principal = session.principal
        arrived = await self._snapshots.arrive(room_id, principal.user_id, snapshot=snapshot)
        judge_entry(arrived.entrance.entry, room_id, principal)
        return arrived

    async def _own_head(self, user_id: str) -> Head:
        head = await self._heads.get(user_id)
        if head is None:
            await ensure_user_stream(self._pool, user_id)
            head = await self._heads.get(user_id)
        assert head is not None
        return head


def _check_here(session: Session) -> None:
    """What a socket followed has been forgotten when it went: nothing may follow after that.

    Raises:
        Unavailable: it has gone.
    """
    if session.link.closed:
        raise Unavailable("This connection has gone.")


def as_ack(answer: Subscribed) -> bytes:
    """The ack of a subscription: `seq` stands beside `data` as everywhere."""
    return msgspec.json.encode({"ok": True, "data": answer, "seq": answer.seq})
