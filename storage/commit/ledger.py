"""The streams of a batch as its commands change them, one after the other."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from rooms.errors import Conflict, HubError, NotFound
from rooms.feature import Actor, Context, Feature, Outcome
from rooms.ids import SYSTEM_USER_ID
from rooms.room import at_least
from storage.commit.authority import authorise
from storage.commit.lines import Lines
from storage.commit.memory import Known
from storage.commit.stream import NEW, Stream
from storage.commit.submission import Append, Committed, Submission

log = logging.getLogger(__name__)

Item: TypeAlias = Submission | Append
Result: TypeAlias = Committed | Exception
Operations: TypeAlias = dict[tuple[str, str], tuple[bytes, Committed]]
"""First answers by (actor, op_id), with the digest of what was asked."""

MOST_ASKED_FOR = 200
"""With more present than this in a room it is not asked who of them are its members: no start waits
for anybody there."""


class Ledger:
    """What has been decided so far; nothing of it is on disk.

    Args:
        streams: by id, those that exist; a new room's stream is added.
        operations: first answers that were given before this batch, as far as they were read.
    """

    def __init__(
        self,
        features: Mapping[str, Feature],
        streams: dict[str, Stream],
        operations: Operations,
        now_ms: int,
        public_url: str,
    ) -> None:
        self._features = features
        self._operations = operations
        self._now_ms = now_ms
        self._public_url = public_url
        self.streams = streams
        self.lines = Lines(now_ms)
        self.rows: dict[str, list[Any]] = {}
        """What the rules returned for their features' own tables, by feature."""

    def touched(self) -> list[Stream]:
        """Streams of which something has to be written, by id."""
        return sorted((s for s in self.streams.values() if s.touched), key=lambda s: s.id)

    def apply(self, item: Item, rows: Any) -> Result:
        """Runs one item; what its rule refuses, or breaks on, changes nothing.

        Args:
            item: in its turn.
            rows: what its feature's loader read for it.
        """
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
        stream = self.streams[item.user_id]
        actor = Actor(SYSTEM_USER_ID, "", "", is_system=True)
        self.lines.add_event(stream, item.event, item.data, actor, item.op_id)
        return self._remember(actor.user_id, item.op_id, b"", stream, Raw(b"null"))

    def _command(self, item: Submission, rows: Any) -> Result:
        known = self._operations.get((item.actor.user_id, item.op_id))
        if known is not None:
            if known[0] != item.digest:
                raise Conflict("This op_id was used for something else.", "IDEMPOTENCY_CONFLICT")
            return replace(known[1], duplicate=True)
        stream = self.streams.get(item.room_id) if item.room_id is not None else None
        if item.room_id is not None and (stream is None or stream.room is None):
            raise NotFound("There is no such room.")
        context = self._context(item, stream, rows)
        command = item.feature.commands[item.command]
        authorise(item.feature, command, context)
        state = stream.state(item.feature) if stream else None
        if stream is None and item.feature.state is not None:
            state = item.feature.state()
        outcome = command.rule(state, item.payload, context)
        if stream is None:
            stream = self._new_room(outcome)
        return self._accept(item, stream, state, outcome)

    def _context(self, item: Submission, stream: Stream | None, rows: Any) -> Context:
        beside = item.feature.beside
        return Context(
            now_ms=self._now_ms,
            actor=item.actor,
            room=stream.room if stream else None,
            member=stream.member(item.actor.user_id) if stream else None,
            ids=item.ids,
            next_seq=stream.head_seq + 1 if stream else 1,
            secret=item.secret,
            slices=self._beside(item.feature, stream) if beside else {},
            rows=rows,
            present=_members_of(item.present, stream),
            public_url=self._public_url,
        )

    def _beside(self, feature: Feature, stream: Stream | None) -> dict[str, Any]:
        others = (self._features[name] for name in feature.beside)
        return {
            other.name: stream.state(other) if stream else other.state()
            for other in others
            if other.state is not None
        }

    def _new_room(self, outcome: Outcome) -> Stream:
        if outcome.room is None:
            raise NotFound("There is no such room.")
        known = Known(outcome.room.id, "room", new_epoch(), 0, NEW, outcome.room)
        stream = self.streams[known.id] = Stream(known)
        return stream

    def _accept(self, item: Submission, stream: Stream, state: Any, outcome: Outcome) -> Result:
        """Takes the outcome over into the batch's state."""
        if outcome.room is not None:
            stream.new_room = outcome.room
        for member in outcome.members:
            stream.members[member.user_id] = member
        stream.slices.update(outcome.beside)
        if outcome.state is not state and item.feature.state is not None:
            stream.slices[item.feature.name] = outcome.state
        for timer in outcome.later:
            stream.timers[timer.key] = timer
        if outcome.rows:
            self.rows.setdefault(item.feature.name, []).extend(outcome.rows)
        last: Raw | None = None
        for event in outcome.events:
            last = self.lines.add_event(stream, event.name, event.data, item.actor, item.op_id)
        if outcome.refusal is not None:
            # Not remembered: the same command asked again is judged again.
            stream.touched = True
            return outcome.refusal
        actor_id, digest = item.actor.user_id, item.digest
        if last is not None and outcome.data is outcome.events[-1].data:
            return self._remember(actor_id, item.op_id, digest, stream, last, in_log=True)
        data = Raw(msgspec.json.encode(outcome.data))
        has_seq = last is not None
        return self._remember(actor_id, item.op_id, digest, stream, data, has_seq=has_seq)

    def _remember(
        self,
        actor_id: str,
        op_id: str,
        digest: bytes,
        stream: Stream,
        data: Raw,
        *,
        has_seq: bool = True,
        in_log: bool = False,
    ) -> Committed:
        """Notes the first answer; `in_log`: its data is that of the newest event."""
        seq = stream.head_seq if has_seq else None
        stream.touched = True
        stored = None if in_log else bytes(data).decode()
        self.lines.add_operation(actor_id, op_id, digest, stream.id, seq, stored)
        committed = Committed(data, seq)
        self._operations[(actor_id, op_id)] = (digest, committed)
        return committed


def _members_of(present: tuple[str, ...], stream: Stream | None) -> tuple[str, ...]:
    """Those of them who are members of the room.

    Whoever only looks on is waited for by nobody, has no vote, and is no host who is there.
    """
    if stream is None or len(present) > MOST_ASKED_FOR:
        return present
    return tuple(user_id for user_id in present if at_least(stream.member(user_id), "guest"))


def new_epoch() -> str:
    """The identity of a log that begins."""
    return secrets.token_hex(4)
