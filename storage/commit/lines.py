"""New lines of the logs and first answers, gathered while the rules run."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from rooms.feature import Actor
from rooms.times import iso
from storage.commit.statement import Column, Rows, Table
from storage.commit.stream import Stream
from storage.log import By, Envelope, LogEvent

_AT = Column("at", "bigint", "to_timestamp({} / 1000.0)", steady=True)

EVENTS = Table(
    "stream_events",
    (
        Column("stream_id", "uuid", steady=True),
        Column("seq", "bigint"),
        Column("event", "text", steady=True),
        Column("actor_id", "uuid"),
        Column("device_id", "text"),
        Column("op_id", "uuid"),
        Column("data", "json"),
        _AT,
    ),
)
OPERATIONS = Table(
    "operations",
    (
        Column("actor_id", "uuid"),
        Column("op_id", "uuid"),
        Column("digest", "bytea"),
        Column("stream_id", "uuid", steady=True),
        Column("seq", "bigint"),
        Column("data", "json", steady=True),
        _AT,
    ),
)
_Event: TypeAlias = tuple[str, int, str, str | None, str | None, str, str]
_Operation: TypeAlias = tuple[str, str, bytes, str, int | None, str | None]


class Lines:
    """What a batch adds to `stream_events` and `operations`, all of one time."""

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self._at = iso(at_ms)
        self._events: list[_Event] = []
        self._operations: list[_Operation] = []

    def add_event(self, stream: Stream, name: str, data: Any, actor: Actor, op_id: str) -> Raw:
        """Puts an event at the end of its stream; returns its data as JSON."""
        stream.head_seq += 1
        seq = stream.head_seq
        actor_id = None if actor.is_system else actor.user_id
        body = msgspec.json.encode(data)
        raw = Raw(body)
        by = By(actor_id, actor.device_id)
        envelope = Envelope(stream.name, stream.known.epoch, seq, self._at, by, op_id, raw)
        stream.fresh.append(LogEvent(seq, name, msgspec.json.encode(envelope)))
        self._events.append((stream.id, seq, name, actor_id, actor.device_id, op_id, body.decode()))
        return raw

    def add_operation(
        self,
        actor_id: str,
        op_id: str,
        digest: bytes,
        stream_id: str,
        seq: int | None,
        data: str | None,
    ) -> None:
        """Notes the first answer to an (actor, op_id).

        `data` None: the answer is the data of the event at `seq`, which is not written twice.
        """
        self._operations.append((actor_id, op_id, digest, stream_id, seq, data))

    def inserts(self) -> list[Rows]:
        """All of it. A unique violation says that one of the answers has been given before."""
        tables: list[tuple[Table, Sequence[tuple[Any, ...]]]] = [
            (EVENTS, self._events),
            (OPERATIONS, self._operations),
        ]
        return [
            Rows(table, (*map(list, zip(*lines, strict=True)), [self._at_ms] * len(lines)))
            for table, lines in tables
            if lines
        ]
