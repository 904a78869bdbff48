"""One transaction of the group commit: read, run the rules, write.

Every command of a batch runs against the state that the one before it left behind, so a batch
equals its commands one after the other. A rule that raises fails its own command only.

A batch reads in one statement and writes in another, which takes effect only while no stream has
moved since it was read: two round trips and no lock held over them. If another node was quicker,
the batch is run again with the streams locked before they are read.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from rooms.errors import Conflict, Forbidden, HubError, NotFound
from rooms.feature import Actor, Context, Feature, Outcome, RunAt
from rooms.ids import SYSTEM_USER_ID
from rooms.room import Member, Room, at_least
from rooms.times import iso
from storage.commit import loading, writing
from storage.commit.loading import StreamHead
from storage.commit.rows import RowStore
from storage.commit.statement import Part, joined
from storage.commit.submission import Append, Committed, StreamEvents, Submission
from storage.commit.writing import (
    Connection,
    CreatedRow,
    EventRow,
    MovedRow,
    OperationRow,
)
from storage.log import By, Envelope, LogEvent

log = logging.getLogger(__name__)

_NEW = -1
"""`rev` of a stream that the batch itself makes."""


class Overtaken(Exception):
    """Another node has changed a stream since it was read; nothing was written."""


class _Stream:
    """A stream while the batch works on it."""

    __slots__ = ("epoch", "fresh", "head_seq", "id", "kind", "name", "rev", "room", "touched")

    def __init__(self, head: StreamHead) -> None:
        self.id = head.id
        self.kind = head.kind
        self.name = f"{head.kind}:{head.id}"
        self.epoch = head.epoch
        self.head_seq = head.head_seq
        self.rev = head.rev
        self.room = head.room
        self.touched = False
        self.fresh: list[LogEvent] = []


class Batch:
    """Commands and appends that are committed together. Used once."""

    def __init__(
        self,
        items: Sequence[Submission | Append],
        *,
        features: Mapping[str, Feature],
        row_stores: Mapping[str, RowStore],
        now_ms: int,
        public_url: str,
    ) -> None:
        self._items = items
        self._features = features
        self._row_stores = row_stores
        self._now_ms = now_ms
        self._public_url = public_url
        self._streams: dict[str, _Stream] = {}
        self._operations: dict[tuple[str, str], tuple[bytes, Committed]] = {}
        self._members: dict[tuple[str, str], Member] = {}
        self._slices: dict[tuple[str, str], Any] = {}
        self._rooms_changed: dict[str, Room] = {}
        self._members_changed: dict[tuple[str, str], Member] = {}
        self._slices_changed: dict[tuple[str, str], Any] = {}
        self._timers: dict[tuple[str, str], RunAt] = {}
        self._feature_rows: dict[str, list[Any]] = {}
        self._event_rows: list[EventRow] = []
        self._operation_rows: list[OperationRow] = []

    async def run(
        self, connection: Connection, *, locked: bool = False
    ) -> tuple[list[Committed | Exception], list[StreamEvents]]:
        """Commits every item.

        Args:
            connection: outside a transaction.
            locked: keeps everybody else from the streams from before they are read.

        Returns:
            one result for each item, in order (the domain error that its rule raised, or what its
            ack says), and the new events of each stream for the bus.

        Raises:
            Overtaken: only when not `locked`.
        """
        if locked:
            async with connection.transaction():
                results = await self._decide(connection, locked=True)
                await self._write(connection)
        else:
            results = await self._decide(connection, locked=False)
            if self._unmerged():
                async with connection.transaction():
                    await self._write(connection)
            else:
                await self._write(connection)
        events = [StreamEvents(s.name, s.epoch, s.fresh) for s in self._streams.values() if s.fresh]
        return results, events

    async def _decide(self, connection: Connection, *, locked: bool) -> list[Committed | Exception]:
        await self._load(connection, locked=locked)
        loaded = await self._load_rows(connection)
        return [self._apply(item, rows) for item, rows in zip(self._items, loaded, strict=True)]

    async def _load(self, connection: Connection, *, locked: bool) -> None:
        submissions = [item for item in self._items if isinstance(item, Submission)]
        appends = [item for item in self._items if isinstance(item, Append)]
        user_ids = sorted({item.user_id for item in appends})
        if user_ids:
            await writing.create_user_streams(
                connection, user_ids, [_new_epoch() for _ in user_ids]
            )
        stream_ids = {s.room_id for s in submissions if s.room_id is not None} | set(user_ids)
        if locked:
            await loading.lock(connection, stream_ids)
        keys = [(s.actor.user_id, s.op_id) for s in submissions]
        keys += [(SYSTEM_USER_ID, a.op_id) for a in appends]
        pairs = {(s.room_id, s.actor.user_id) for s in submissions if s.room_id is not None}
        slices = {
            (s.room_id, name): kind
            for s in submissions
            if s.room_id is not None
            for name, kind in self._state_types(s.feature).items()
        }
        loaded = await loading.load(
            connection, stream_ids=stream_ids, operations=keys, members=pairs, slices=slices
        )
        self._streams = {head.id: _Stream(head) for head in loaded.streams}
        self._operations, self._members = loaded.operations, loaded.members
        self._slices = loaded.slices

    async def _load_rows(self, connection: Connection) -> list[Any]:
        """What the features' loaders read for each item, in the order of the items."""
        loaded: list[Any] = [None] * len(self._items)
        by_feature: dict[str, list[tuple[int, Submission]]] = {}
        for index, item in enumerate(self._items):
            if isinstance(item, Submission) and item.feature.name in self._row_stores:
                by_feature.setdefault(item.feature.name, []).append((index, item))
        for name, indexed in by_feature.items():
            requests = [item for _, item in indexed]
            answers = await self._row_stores[name].load(connection, requests)
            for (index, _), answer in zip(indexed, answers, strict=True):
                loaded[index] = answer
        return loaded

    def _apply(self, item: Submission | Append, rows: Any) -> Committed | Exception:
        try:
            return self._append(item) if isinstance(item, Append) else self._command(item, rows)
        except HubError as error:
            return error
        except Exception as error:  # a broken rule fails its own command, not its neighbours'
            log.exception("commit.rule_failed", extra={"item": type(item).__name__})
            return error

    def _append(self, item: Append) -> Committed:
        known = self._operations.get((SYSTEM_USER_ID, item.op_id))
        if known is not None:
            return known[1]
        stream = self._streams[item.user_id]
        actor = Actor(SYSTEM_USER_ID, "", "", is_system=True)
        self._log(stream, item.event, item.data, actor, item.op_id)
        return self._remember(actor, item.op_id, b"", stream, Raw(b"null"))

    def _command(self, item: Submission, rows: Any) -> Committed:
        known = self._operations.get((item.actor.user_id, item.op_id))
        if known is not None:
            if known[0] != item.digest:
                raise Conflict("This op_id was used for something else.", "IDEMPOTENCY_CONFLICT")
            return known[1]
        stream = self._streams.get(item.room_id) if item.room_id is not None else None
        if item.room_id is not None and (stream is None or stream.room is None):
            raise NotFound("There is no such room.")
        context = self._context(item, stream, rows)
        authorise(item, context)
        state = self._state(item.feature, stream)
        outcome = item.feature.commands[item.command].rule(state, item.payload, context)
        if stream is None:
            stream = self._new_room(outcome)
        return self._accept(item, stream, state, outcome)

    def _context(self, item: Submission, stream: _Stream | None, rows: Any) -> Context:
        room_id = item.room_id or ""
        types = self._state_types(item.feature)
        return Context(
            now_ms=self._now_ms,
            actor=item.actor,
            room=stream.room if stream else None,
            member=self._members.get((room_id, item.actor.user_id)),
            ids=item.ids,
            next_seq=stream.head_seq + 1 if stream else 1,
            secret=item.secret,
            slices={
                name: known if (known := self._slices.get((room_id, name))) is not None else kind()
                for name, kind in types.items()
                if name != item.feature.name
            },
            rows=rows,
            present=item.present,
            public_url=self._public_url,
        )

    def _state(self, feature: Feature, stream: _Stream | None) -> Any:
        if feature.state is None:
            return None
        known = self._slices.get((stream.id, feature.name)) if stream else None
        return known if known is not None else feature.state()

    def _state_types(self, feature: Feature) -> dict[str, type[Struct]]:
        """The slices a feature's rules read: its own and those beside it."""
        read = [feature, *(self._features[name] for name in feature.beside)]
        return {f.name: f.state for f in read if f.state is not None}

    def _new_room(self, outcome: Outcome) -> _Stream:
        if outcome.room is None:
            raise NotFound("There is no such room.")
        head = StreamHead(outcome.room.id, "room", _new_epoch(), 0, _NEW, outcome.room)
        stream = self._streams[head.id] = _Stream(head)
        return stream

    def _accept(self, item: Submission, stream: _Stream, state: Any, outcome: Outcome) -> Committed:
        """Takes the outcome over into the batch's state; the rule has said yes."""
        if outcome.room is not None:
            stream.room = self._rooms_changed[stream.id] = outcome.room
        for member in outcome.members:
            key = (stream.id, member.user_id)
            self._members[key] = self._members_changed[key] = member
        changed = dict(outcome.beside)
        if outcome.state is not state and item.feature.state is not None:
            changed[item.feature.name] = outcome.state
        for name, new in changed.items():
            self._slices[(stream.id, name)] = self._slices_changed[(stream.id, name)] = new
        for timer in outcome.later:
            self._timers[(stream.id, timer.key)] = timer
        if outcome.rows:
            self._feature_rows.setdefault(item.feature.name, []).extend(outcome.rows)
        last: Raw | None = None
        for event in outcome.events:
            last = self._log(stream, event.name, event.data, item.actor, item.op_id)
        if last is not None and outcome.data is outcome.events[-1].data:
            return self._remember(item.actor, item.op_id, item.digest, stream, last, in_log=True)
        data = Raw(msgspec.json.encode(outcome.data))
        return self._remember(
            item.actor, item.op_id, item.digest, stream, data, has_seq=last is not None
        )

    def _log(self, stream: _Stream, name: str, data: Any, actor: Actor, op_id: str) -> Raw:
        """Adds an event; returns its data as JSON."""
        stream.head_seq += 1
        seq = stream.head_seq
        actor_id = None if actor.is_system else actor.user_id
        raw = Raw(msgspec.json.encode(data))
        by = By(actor_id, actor.device_id)
        at = iso(self._now_ms)
        envelope = Envelope(stream.name, stream.epoch, seq, at, by, op_id, raw)
        stream.fresh.append(LogEvent(seq, name, msgspec.json.encode(envelope)))
        self._event_rows.append(
            EventRow(stream.id, seq, name, actor_id, actor.device_id, op_id, bytes(raw).decode())
        )
        return raw

    def _remember(
        self,
        actor: Actor,
        op_id: str,
        digest: bytes,
        stream: _Stream,
        data: Raw,
        *,
        has_seq: bool = True,
        in_log: bool = False,
    ) -> Committed:
        """Notes the first answer; `in_log`: its data is that of the newest event."""
        seq = stream.head_seq if has_seq else None
        stream.touched = True
        stored = None if in_log else bytes(data).decode()
        self._operation_rows.append(
            OperationRow(actor.user_id, op_id, digest, stream.id, seq, stored)
        )
        committed = Committed(data, seq)
        self._operations[(actor.user_id, op_id)] = (digest, replace(committed, duplicate=True))
        return committed

    def _unmerged(self) -> list[str]:
        """Features whose rows go out in statements of their own."""
        return [name for name in self._feature_rows if self._row_stores[name].part is None]

    async def _write(self, connection: Connection) -> None:
        touched = sorted((s for s in self._streams.values() if s.touched), key=lambda s: s.id)
        if not touched:
            return
        moved = [MovedRow(s.id, s.rev, s.head_seq) for s in touched if s.rev != _NEW]
        statement = joined(writing.move_streams(moved), self._parts(touched))
        try:
            await connection.execute(statement.sql, *statement.args)
        except asyncpg.DivisionByZeroError as error:
            raise Overtaken from error
        for name in self._unmerged():
            write = self._row_stores[name].write
            assert write is not None
            await write(connection, self._feature_rows[name])

    def _parts(self, touched: Sequence[_Stream]) -> list[Part]:
        parts = []
        if created := [s for s in touched if s.rev == _NEW]:
            rows = [CreatedRow(s.id, s.kind, s.epoch, s.head_seq) for s in created]
            parts.append(writing.create_streams(rows))
        if self._event_rows:
            parts.append(writing.add_events(self._event_rows, self._now_ms))
        parts.append(writing.add_operations(self._operation_rows, self._now_ms))
        if self._rooms_changed:
            parts.append(writing.write_rooms(list(self._rooms_changed.values())))
        if self._members_changed:
            read_seq = {s.id: s.head_seq for s in touched}
            parts.append(writing.write_members(self._members_changed, read_seq))
        if self._slices_changed:
            parts.append(writing.write_slices(self._slices_changed))
        parts += writing.write_timers(self._timers)
        for name, rows in self._feature_rows.items():
            if (part := self._row_stores[name].part) is not None:
                parts.append(part(rows))
        return parts


def authorise(item: Submission, context: Context) -> None:
    """The question every command is asked before its rule: a member, with the role it needs?

    A private room that the caller is not in does not exist for him.

    Raises:
        NotFound, Forbidden, Conflict: no such room for this caller, too low a role, no such facet.
    """
    command = item.feature.commands[item.command]
    if context.actor.is_system or command.role is None:
        return
    room, member = context.room, context.member
    if room is None or room.deleted_at_ms is not None:
        raise NotFound("There is no such room.")
    if member is not None and member.state == "banned":
        raise Forbidden("You are banned from this room.", "BANNED")
    if not at_least(member, "guest"):
        if room.type == "public":
            raise Forbidden("Join the room first.")
        raise NotFound("There is no such room.")
    if not at_least(member, command.role):
        raise Forbidden(f"Only a room's {command.role} or above may do this.")
    facet = item.feature.facet
    if facet is not None and facet not in room.facets:
        raise Conflict(f"This room has no {facet}.")


def _new_epoch() -> str:
    return secrets.token_hex(4)
