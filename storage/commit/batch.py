"""One transaction of the group commit: know, run the rules, write.

Every command of a batch runs against the state that the one before it left behind, so a batch
equals its commands one after the other. A rule that raises fails its own command only.

What a batch has to know it remembers from the one before, or reads in one statement; it writes in
another, which takes effect only while no stream has moved since. Under load that is one round trip
and no lock held over it. If another node was quicker, the batch is run again with the streams
locked and read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from rooms.feature import Feature
from rooms.ids import SYSTEM_USER_ID
from storage.commit import loading, writing
from storage.commit.ledger import (
    MOST_ASKED_FOR,
    Item,
    Ledger,
    Operations,
    Result,
    new_epoch,
)
from storage.commit.memory import Known, Memory, Need
from storage.commit.rows import RowStore
from storage.commit.statement import Insert, Part, Rows, joined
from storage.commit.stream import Stream
from storage.commit.submission import Append, StreamEvents, Submission
from storage.commit.writing import Connection


class Overtaken(Exception):
    """Nothing was written: a stream had moved, or an op_id had been used before."""


class Doubtful(Exception):
    """Nothing was written: a refusal rests on what was remembered, and that may be old."""


class Batch:
    """Commands and appends that are committed together. Used once."""

    def __init__(
        self,
        items: Sequence[Item],
        *,
        features: Mapping[str, Feature],
        row_stores: Mapping[str, RowStore],
        memory: Memory,
        now_ms: int,
        public_url: str,
    ) -> None:
        self._items = items
        self._features = features
        self._row_stores = row_stores
        self._memory = memory
        self._now_ms = now_ms
        self._public_url = public_url
        self._needs = needs(items, features)
        self._recalled: Mapping[str, Known] = {}

    async def run(
        self, connection: Connection, *, locked: bool = False
    ) -> tuple[list[Result], list[StreamEvents]]:
        """Commits every item.

        Args:
            connection: outside a transaction.
            locked: keeps everybody else from the streams from before they are read; nothing that
                is remembered is used.

        Returns:
            one result for each item, in order (the domain error that its rule raised, or what its
            ack says), and the new events of each stream for the bus.

        Raises:
            Overtaken, Doubtful: run the items in another batch, after Overtaken a locked one. Only
                when not `locked`.
        """
        try:
            if locked:
                async with connection.transaction():
                    ledger, results = await self._decide(connection, locked=True)
                    await self._write(connection, ledger)
            else:
                ledger, results = await self._decide(connection, locked=False)
                self._check_refusals(results)
                await self._write_unlocked(connection, ledger)
        except BaseException:
            self._memory.forget(self._needs)
            raise
        streams = ledger.streams.values()
        self._memory.keep(s.committed() for s in streams if s.touched or s.id not in self._recalled)
        events = [StreamEvents(s.name, s.known.epoch, s.fresh) for s in streams if s.fresh]
        return results, events

    # -- what is known ----------------------------------------------------------------------------

    async def _decide(self, connection: Connection, *, locked: bool) -> tuple[Ledger, list[Result]]:
        ledger = await self._know(connection, locked=locked)
        rows = await self._load_rows(connection)
        return ledger, [ledger.apply(item, rows.get(n)) for n, item in enumerate(self._items)]

    async def _know(self, connection: Connection, *, locked: bool) -> Ledger:
        if not locked:
            self._recalled = self._memory.recall(self._needs)
        known = dict(self._recalled)
        operations: Operations = {}
        missing = {i: need for i, need in self._needs.items() if i not in known}
        if missing or not self._needs:
            await self._make_user_streams(connection, missing)
            if locked:
                await loading.lock(connection, missing)
            asked = [_operation(item) for item in self._items if _stream_id(item) not in known]
            loaded = await loading.load(connection, missing, asked)
            self._memory.complete(loaded.streams.values())
            known |= loaded.streams
            operations = loaded.operations
        streams = {stream_id: Stream(one) for stream_id, one in known.items()}
        return Ledger(self._features, streams, operations, self._now_ms, self._public_url)

    async def _make_user_streams(self, connection: Connection, missing: Mapping[str, Need]) -> None:
        ids = {item.user_id for item in self._items if isinstance(item, Append)}
        if new := sorted(ids & missing.keys()):
            await writing.create_user_streams(connection, new, [new_epoch() for _ in new])

    async def _load_rows(self, connection: Connection) -> dict[int, Any]:
        """What the features' loaders read, by the item's place in the batch."""
        by_feature: dict[str, list[tuple[int, Submission]]] = {}
        for place, item in enumerate(self._items):
            if isinstance(item, Submission) and item.feature.name in self._row_stores:
                by_feature.setdefault(item.feature.name, []).append((place, item))
        loaded: dict[int, Any] = {}
        for name, placed in by_feature.items():
            answers = await self._row_stores[name].load(connection, [item for _, item in placed])
            loaded.update(zip((place for place, _ in placed), answers, strict=True))
        return loaded

    def _check_refusals(self, results: Sequence[Result]) -> None:
        """Whoever is refused, is refused by what was read.

        He may be a member since a moment ago, or repeat what was granted before.

        Raises:
            Doubtful: a command was refused by what was only remembered.
        """
        for item, result in zip(self._items, results, strict=True):
            if isinstance(result, Exception) and _stream_id(item) in self._recalled:
                raise Doubtful

    # -- writing ----------------------------------------------------------------------------------

    async def _write_unlocked(self, connection: Connection, ledger: Ledger) -> None:
        try:
            if self._apart(ledger):
                async with connection.transaction():
                    await self._write(connection, ledger)
            else:
                await self._write(connection, ledger)
        except (asyncpg.DivisionByZeroError, asyncpg.UniqueViolationError) as error:
            raise Overtaken from error

    def _apart(self, ledger: Ledger) -> list[str]:
        """Features whose rows go out in statements of their own."""
        return [name for name in ledger.rows if self._row_stores[name].part is None]

    async def _write(self, connection: Connection, ledger: Ledger) -> None:
        touched = ledger.touched()
        if not touched:
            return
        inserts: list[Insert] = [*ledger.lines.inserts()]
        for name, rows in ledger.rows.items():
            if (part := self._row_stores[name].part) is not None:
                made = part(rows)
                inserts += [made] if isinstance(made, Part | Rows) else made
        inserts += writing.parts(touched)
        statement = joined(writing.move_streams(touched), inserts)
        await connection.execute(statement.sql, *statement.args)
        for name in self._apart(ledger):
            write = self._row_stores[name].write
            assert write is not None
            await write(connection, ledger.rows[name])


def needs(items: Sequence[Item], features: Mapping[str, Feature]) -> dict[str, Need]:
    """What the items ask of each stream that they name."""
    asked: dict[str, Need] = {}
    for item in items:
        stream_id = _stream_id(item)
        if stream_id is None:
            continue
        if (need := asked.get(stream_id)) is None:
            need = asked[stream_id] = Need(set(), {})
        if isinstance(item, Submission):
            need.user_ids.add(item.actor.user_id)
            if len(item.present) <= MOST_ASKED_FOR:
                need.user_ids.update(item.present)
            for feature in (item.feature, *(features[name] for name in item.feature.beside)):
                if feature.state is not None:
                    need.states[feature.name] = feature.state
    return asked


def _stream_id(item: Item) -> str | None:
    return item.user_id if isinstance(item, Append) else item.room_id


def _operation(item: Item) -> tuple[str, str]:
    actor_id = SYSTEM_USER_ID if isinstance(item, Append) else item.actor.user_id
    return actor_id, item.op_id
