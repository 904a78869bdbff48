"""Group commit: one committer a process, one dedicated connection, one batch at a time.

Commands that arrive while a transaction is in flight form the next batch. If a batch fails in the
database, its commands are tried one by one, so a poisonous command cannot hurt its neighbours.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import uuid_utils
from msgspec import Struct

from rooms.errors import HubError, NotFound, Unavailable
from rooms.feature import Actor, Feature
from storage.commit.backlog import Backlog, Settle, Waiting
from storage.commit.ledger import Result
from storage.commit.rows import RowStore
from storage.commit.submission import Append, Committed, Submission
from storage.commit.transactions import Publish, Transactions

log = logging.getLogger(__name__)

STOP_S = 3.0
"""For what waits when the process ends; beyond, it is answered UNAVAILABLE."""


class Committer:
    """Takes commands, answers when they are on disk. Open it with `open_committer`."""

    def __init__(
        self, features: Sequence[Feature], transactions: Transactions, backlog: Backlog
    ) -> None:
        self._commands = {
            name: (feature, command)
            for feature in features
            for name, command in feature.commands.items()
        }
        self._transactions = transactions
        self._backlog = backlog
        self._arrived = asyncio.Event()
        self._stopping = False

    async def submit(
        self,
        command: str,
        payload: Struct,
        *,
        room_id: str | None,
        actor: Actor,
        op_id: str | None = None,
        present: tuple[str, ...] = (),
    ) -> Committed:
        """Runs one command through its rule and the group commit.

        Returns:
            what the ack says; by then it is on disk. A repeat of (actor, op_id) returns the first
            answer with `duplicate`.

        Raises:
            HubError: what the rule raised; `UNAVAILABLE` when PostgreSQL does not answer or too
                much is waiting (nothing was promised: send it again with the same op_id).
        """
        settled: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self.enter(
            command,
            payload,
            room_id=room_id,
            actor=actor,
            op_id=op_id,
            present=present,
            settle=lambda result: _resolve(settled, result),
        )
        return await settled

    def enter(
        self,
        command: str,
        payload: Struct,
        *,
        room_id: str | None,
        actor: Actor,
        op_id: str | None,
        present: tuple[str, ...],
        settle: Settle,
    ) -> None:
        """`submit` for a caller who does not wait: `settle` gets what it would return or raise.

        Raises:
            NotFound, Unavailable: there is no such command, or too much is waiting.
        """
        known = self._commands.get(command)
        if known is None:
            raise NotFound(f"There is no command {command}.")
        feature, spec = known
        submission = Submission(
            feature=feature,
            command=command,
            payload=payload,
            room_id=room_id.lower() if room_id is not None else None,
            actor=actor,
            op_id=op_id.lower() if op_id is not None else str(uuid_utils.uuid7()),
            digest=_digest(command, payload),
            ids=tuple([str(uuid_utils.uuid7()) for _ in range(spec.ids)]),
            secret=str(uuid.uuid4()) if spec.secret else "",
            present=present,
        )
        self._wait(submission, settle)

    async def append(self, user_id: str, event: str, data: Any, op_id: str) -> Committed:
        """Puts a durable event on a user's private stream; a repeat of `op_id` changes nothing."""
        settled: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        item = Append(user_id=user_id, event=event, data=data, op_id=op_id)
        self._wait(item, lambda result: _resolve(settled, result))
        return await settled

    async def run(self) -> None:
        """Commits until `stop`, and then what has been entered; owned by `open_committer`."""
        while not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while self._backlog:
                await self._settle(self._backlog.next_batch())

    def stop(self) -> None:
        """Takes nothing more, and ends `run` once what waits is on disk."""
        self._stopping = True
        self._arrived.set()

    def refuse_waiting(self) -> None:
        """Takes nothing more, and refuses what has not been begun: none of it is done later."""
        self.stop()
        for _, settle in self._backlog.drain():
            settle(_stopping())

    async def close(self) -> None:
        """Answers what still waits with UNAVAILABLE and lets the connection go."""
        for _, settle in self._backlog.drain():
            settle(_stopping())
        await self._transactions.disconnect()

    def _wait(self, item: Submission | Append, settle: Settle) -> None:
        if self._stopping:
            raise _stopping()
        self._backlog.add(item, settle)
        self._arrived.set()

    async def _settle(self, waiting: Sequence[Waiting]) -> None:
        """Commits a batch and answers each command in it."""
        items = [item for item, _ in waiting]
        try:
            results = await self._transactions.commit(items)
        except asyncio.CancelledError:
            for _, settle in waiting:
                settle(_stopping())
            raise
        except Unavailable as error:
            # Whoever has come meanwhile may have waited as long, and would wait again.
            waiting = [*waiting, *self._backlog.drain()]
            results = [error] * len(waiting)
        except Exception as error:
            if len(waiting) == 1 or isinstance(error, HubError):
                results = [_wrapped(error)] * len(waiting)
            else:
                log.warning("commit.batch_failed", extra={"commands": len(items)}, exc_info=True)
                for one in waiting:
                    await self._settle([one])
                return
        if self._backlog:
            # PostgreSQL gets the next batch first, and works while these are being answered.
            asyncio.get_running_loop().call_soon(_answer, waiting, results)
        else:
            _answer(waiting, results)


@asynccontextmanager
async def open_committer(
    database_url: str,
    features: Sequence[Feature],
    row_stores: Mapping[str, RowStore],
    publish: Publish,
    public_url: str = "",
) -> AsyncIterator[Committer]:
    """A running committer; at the end, what has been entered is committed within `STOP_S`.

    `publish` takes the new events of each commit, synchronously and without failing (the bus).
    """
    by_name = {feature.name: feature for feature in features}
    transactions = Transactions(database_url, by_name, row_stores, publish, public_url)
    committer = Committer(features, transactions, Backlog(row_stores))
    task = asyncio.create_task(committer.run(), name="committer")
    try:
        yield committer
    finally:
        committer.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await task
        await committer.close()


def _digest(command: str, payload: Struct) -> bytes:
    content = command.encode() + b"\0" + msgspec.json.encode(payload)
    return hashlib.blake2b(content, digest_size=16).digest()


def _answer(waiting: Sequence[Waiting], results: Sequence[Result]) -> None:
    for (_, settle), result in zip(waiting, results, strict=True):
        settle(_wrapped(result) if isinstance(result, Exception) else result)


def _resolve(future: "asyncio.Future[Committed]", result: Committed | HubError) -> None:
    if future.done():  # whoever waited has gone
        return
    if isinstance(result, HubError):
        future.set_exception(result)
    else:
        future.set_result(result)


def _wrapped(error: Exception) -> HubError:
    if isinstance(error, HubError):
        return error
    wrapped = HubError("Something went wrong on our side. It has been logged.")
    wrapped.__cause__ = error
    return wrapped


def _stopping() -> Unavailable:
    return Unavailable("The hub is stopping. Send it again.")
