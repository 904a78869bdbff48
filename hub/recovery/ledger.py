"""Which sockets of this node can be taken back, as all nodes see it: one row each in PostgreSQL.

A row is written before the ack of `stream:subscribe`, so that what a client believes it follows is
never more than what a recovery restores; the rows of one moment are one statement.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from hub.door.sessions import Session
from rooms.errors import HubError, Unavailable
from storage.batched import Batched
from storage.recoveries import Claimed, Recoverable, Recoveries

log = logging.getLogger(__name__)

BEAT_S = 10.0
"""How often a node says that it lives; the clock of its sockets, should it be killed."""
FINAL = (
    "banned",
    "client disconnect",
    "protocol_error",
    "server disconnect",
    "too_big",
    "token_revoked",
)
"""Ends that nobody comes back from, but as somebody new."""


class _Entry(Struct, frozen=True):
    row: Recoverable
    final: bool = False


class Ledger:
    """Rows of this node's sockets. Open it with `open_ledger`.

    Args:
        recoveries: the rows.
        limit_s: a client is taken back this long after it dropped.
    """

    def __init__(self, recoveries: Recoveries, limit_s: float) -> None:
        self._recoveries = recoveries
        self._batched: Batched[_Entry, None] = Batched(self._write)
        self._unwritten: dict[str, _Entry] = {}
        """Drops that PostgreSQL was not there for, by connection id."""
        self.node_id = str(uuid.uuid4())
        self.limit_s = limit_s

    async def save(self, session: Session) -> None:
        """Writes what a socket follows; once it returns, the socket can be taken back with it.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def settle(answer: HubError | None) -> None:
            if written.done():
                return
            if answer is None:
                written.set_result(None)
            else:
                written.set_exception(answer)

        self._batched.ask(_Entry(_row(session)), settle)
        await written

    def drop(self, session: Session, reason: str) -> None:
        """A socket is gone; from here on its time runs, unless it went for good."""
        if session.link.pid is not None and session.floors:
            self._note(_Entry(_row(session, dropped=True), final=reason in FINAL))

    def forget(self, session: Session) -> None:
        """A socket cannot be taken back, after all."""
        self._note(_Entry(_row(session), final=True))

    async def claim(self, session: Session, pid: str) -> Claimed | None:
        """Takes over the socket of that pid, if it is this user's and not too long gone.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        return await self._recoveries.claim(
            node_id=self.node_id,
            connection_id=session.connection_id,
            pid=pid,
            user_id=session.principal.user_id,
            sign_in_id=session.principal.session_id,
            beat_s=BEAT_S,
            limit_s=self.limit_s,
        )

    async def run(self) -> None:
        """Writes for ever; owned by `open_ledger`."""
        await self._batched.run()

    async def beat(self) -> None:
        """Says that this node lives, and tidies up, for ever; owned by `open_ledger`."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            try:
                await self._recoveries.beat(self.node_id)
                await self._recoveries.sweep(self.limit_s + 2 * BEAT_S)
            except Unavailable:
                log.info("recovery.beat_missed")
            else:
                unwritten, self._unwritten = self._unwritten, {}
                for entry in unwritten.values():
                    self._note(entry)
            await asyncio.sleep(BEAT_S)

    def _note(self, entry: _Entry) -> None:
        def settle(answer: HubError | None) -> None:
            if answer is not None:
                self._unwritten[entry.row.connection_id] = entry

        try:
            self._batched.ask(entry, settle)
        except Unavailable as error:
            settle(error)

    async def _write(self, entries: Sequence[_Entry]) -> list[HubError | None]:
        last = {(entry.row.pid, entry.row.connection_id): entry for entry in entries}
        while last:
            # One statement writes a row once: of two connections of one pid each gets its own.
            of_pid = {pid: (pid, held) for pid, held in reversed(last)}
            await self._write_some([last.pop(key) for key in of_pid.values()])
        return [None] * len(entries)

    async def _write_some(self, entries: Sequence[_Entry]) -> None:
        kept = [entry.row for entry in entries if not entry.final]
        gone = [(e.row.pid, e.row.connection_id) for e in entries if e.final]
        if kept:
            await self._recoveries.save(self.node_id, kept)
        if gone:
            await self._recoveries.forget(gone)


def _row(session: Session, *, dropped: bool = False) -> Recoverable:
    assert session.link.pid is not None
    return Recoverable(
        pid=session.link.pid,
        connection_id=session.connection_id,
        sid=session.link.sid,
        user_id=session.principal.user_id,
        sign_in_id=session.principal.session_id,
        streams=dict(session.floors),
        dropped=dropped,
    )


@asynccontextmanager
async def open_ledger(
    recoveries: Recoveries | None, limit_s: float
) -> AsyncIterator[Ledger | None]:
    """A ledger that writes and beats while the block lasts; None when nobody is taken back."""
    if recoveries is None:
        yield None
        return
    ledger = Ledger(recoveries, limit_s)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(ledger.beat(), name="recovery-beat"),
            tasks.create_task(ledger.run(), name="recovery-ledger"),
        ]
        try:
            yield ledger
        finally:
            for task in running:
                task.cancel()
