"""The product, broken on purpose: each mutant is a mistake that a checker has to notice.

Applied by `harness/launcher.py` inside the process of one node, before it starts.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

import hub.drain
import hub.fanout.log_watch
import hub.presence.lives
import hub.presence.presence
import hub.presence.telling
import hub.sockets
import rooms.playback.transport
from hub.door.sessions import Session
from hub.fanout.fanout import Fanout
from storage.bus import Bus, Durable
from storage.commit import StreamEvents, backlog, transactions, writing
from storage.commit.batch import Batch
from storage.commit.ledger import Ledger
from storage.commit.lines import Lines

FOR_EVER_S = 1e6


def apply(name: str) -> None:
    """Breaks this process."""
    MUTANTS[name]()


def no_idempotency() -> None:
    """A message that is sent again is a new one."""
    add, remember = Lines.add_operation, Ledger._remember

    def add_under_another_id(self: Lines, actor_id: str, _op_id: str, *rest: Any) -> None:
        add(self, actor_id, str(uuid.uuid4()), *rest)

    def remember_nothing(self: Ledger, actor_id: str, op_id: str, *rest: Any, **how: Any) -> Any:
        committed = remember(self, actor_id, op_id, *rest, **how)
        del self._operations[(actor_id, op_id)]
        return committed

    _set(Lines, "add_operation", add_under_another_id)
    _set(Ledger, "_remember", remember_nothing)


def sequence_instead_of_row_lock() -> None:
    """`seq` is from a sequence of PostgreSQL: commits overtake each other, failures leave holes."""
    know = Batch._know
    checked = writing._MOVE_STREAMS
    unchecked = checked.replace(" AND s.rev = q.rev", "").replace(
        "SET head_seq = q.head_seq", "SET head_seq = greatest(s.head_seq, q.head_seq)"
    )
    assert len(unchecked) == len(checked) + len("greatest(s.head_seq, )") - len(
        " AND s.rev = q.rev"
    )

    async def know_and_number(self: Batch, connection: Any, *, locked: bool) -> Any:
        ledger = await know(self, connection, locked=locked)
        for stream in ledger.streams.values():
            name = f"mutant_{stream.id.replace('-', '')}"
            first = stream.head_seq + 1
            await connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {name} START {first}")
            stream.head_seq = await connection.fetchval("SELECT nextval($1::text)", name) - 1
        return ledger

    _set(writing, "_MOVE_STREAMS", unchecked)
    _set(Batch, "_know", know_and_number)
    _set(backlog, "MAX_BATCH", 1)


def asynchronous_commit() -> None:
    """An ack no longer means: on disk."""
    assert transactions._SESSION["synchronous_commit"] == "on"
    transactions._SESSION["synchronous_commit"] = "off"


def local_delivery_first() -> None:
    """A node tells its own sockets at once and the others after, as it comes in."""
    publish = Bus.publish_commit
    shown: dict[str, set[int]] = {}

    def take_as_it_comes(self: Fanout, followed: Any, hint: Durable) -> None:
        seen = shown.setdefault(followed.name, set())
        for event in hint.events:
            if event.seq not in seen:
                seen.add(event.seq)
                self._deliver(followed, event)

    def publish_here_first(self: Bus, commits: Sequence[StreamEvents]) -> None:
        for commit in commits:
            self._hear_here(Durable(commit.stream, commit.epoch, commit.events))
        publish(self, commits)

    _set(Fanout, "_take", take_as_it_comes)
    _set(Bus, "publish_commit", publish_here_first)


def no_poll() -> None:
    """Nobody compares heads with PostgreSQL: what the bus loses stays lost."""
    _set(hub.fanout.log_watch, "HEADS_EVERY_S", FOR_EVER_S)
    _set(hub.fanout.log_watch, "HEADS_EVERY_WITHOUT_BUS_S", FOR_EVER_S)
    _set(Bus, "_repair", lambda _self: None)


def presence_without_expiry() -> None:
    """Who was on a node that died stays there."""
    for module in (hub.presence.lives, hub.presence.presence, hub.presence.telling):
        _set(module, "LEASE_MS", 10**9)


def unbounded_queue() -> None:
    """What a client does not read waits for him, however much it is."""
    unbounded = replace(hub.sockets.LIFTED, unsent_bytes=1 << 30, congested_bytes=1 << 30)
    _set(hub.sockets, "LIFTED", unbounded)


def drain_without_wait() -> None:
    """A node that stops hangs up on whoever still waits for an answer."""

    def ended(session: Session) -> bool:
        session.end("draining")
        return True

    _set(hub.drain, "_ended", ended)


def host_not_fenced() -> None:
    """Whoever was the host once is obeyed."""

    def let_pass(_control: Any, _playback: Any, _context: Any, _what: str) -> None:
        pass

    _set(rooms.playback.transport, "require", let_pass)


MUTANTS: Mapping[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        no_idempotency,
        sequence_instead_of_row_lock,
        asynchronous_commit,
        local_delivery_first,
        no_poll,
        presence_without_expiry,
        unbounded_queue,
        drain_without_wait,
        host_not_fenced,
    )
}


def _set(owner: Any, name: str, value: Any) -> None:
    """Replaces what is there; a mutant whose target has moved must fail, not pass for caught."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner!r} has no {name}: the mutant has to follow")
    setattr(owner, name, value)
