"""What must hold of a history and the log at its end. Each check names what breaks it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from tests.faults.harness.history import Entry, History

MESSAGE = "message:created"


class LogLine(Struct, frozen=True):
    """One event of a room's log, as PostgreSQL has it when all is over."""

    room: str
    seq: int
    event: str
    op: str


class Violation(Struct, frozen=True):
    """Something that must not happen."""

    what: str
    """One of a few words, to be counted."""
    detail: str


def check_log(history: History, log: Iterable[LogLine]) -> list[Violation]:
    """No hole, nothing twice, nothing that nobody sent; what was acked is where it was said."""
    found: list[Violation] = []
    of_op: dict[str, LogLine] = {}
    last: dict[str, int] = defaultdict(int)
    sent = {entry.op for entry in history.of("send")}
    for line in sorted(log, key=lambda each: (each.room, each.seq)):
        if line.seq != last[line.room] + 1:
            found.append(Violation("hole in the log", f"{line.room} before {line.seq}"))
        last[line.room] = line.seq
        if line.event != MESSAGE:
            continue
        if line.op in of_op:
            found.append(Violation("twice in the log", f"{line.op} at {line.seq}"))
        of_op[line.op] = line
        if line.op not in sent:
            found.append(Violation("nobody sent it", f"{line.op} at {line.seq}"))
    first_ack: dict[str, int] = {}
    for ack in history.of("ok"):
        line_or_none = of_op.get(ack.op)
        if line_or_none is None:
            found.append(Violation("acked and lost", f"{ack.op} acked as {ack.seq}"))
        elif first_ack.setdefault(ack.op, ack.seq) != ack.seq or line_or_none.seq != ack.seq:
            found.append(Violation("acked with another seq", f"{ack.op}: {ack.seq}"))
    return found


def check_shown(history: History, log: Iterable[LogLine]) -> list[Violation]:
    """Each person was shown the log, in its order, without a gap, to its end."""
    lines = {(line.room, line.seq): line for line in log}
    heads: dict[str, int] = defaultdict(int)
    for room, seq in lines:
        heads[room] = max(heads[room], seq)
    found: list[Violation] = []
    at: dict[tuple[int, str], int] = {}
    for entry in history.of("shown", "caught_up"):
        key = (entry.who, entry.room)
        if entry.f == "caught_up":
            if entry.why == "first":
                at[key] = entry.seq
            elif entry.why == "snapshot":
                found.append(Violation("history replaced", f"person {entry.who}, {entry.seq}"))
                at[key] = entry.seq
            continue
        if entry.seq != at.get(key, 0) + 1:
            found.append(Violation("shown with a gap", f"person {entry.who}, {entry.seq}"))
        at[key] = entry.seq
        line = lines.get((entry.room, entry.seq))
        if line is None or (line.op and line.op != entry.op):
            found.append(Violation("shown and not in the log", f"{entry.op} at {entry.seq}"))
    for (who, room), seq in at.items():
        if seq != heads[room]:
            found.append(Violation("never shown", f"person {who}: {seq} of {heads[room]}"))
    return found


def check_wire(history: History) -> list[Violation]:
    """On each connection every live event follows on the one before: the client mends nothing."""
    found: list[Violation] = []
    at: dict[tuple[int, int, str], int] = {}
    for entry in history.of("heard", "caught_up"):
        key = (entry.who, entry.link, entry.room)
        if entry.f == "caught_up":
            at[key] = entry.seq
        elif key not in at:
            found.append(Violation("heard before the ack", f"person {entry.who}, {entry.seq}"))
        elif entry.seq <= at[key]:
            found.append(Violation("heard twice or late", f"person {entry.who}, {entry.seq}"))
        else:
            if entry.seq > at[key] + 1:
                found.append(Violation("heard with a gap", f"person {entry.who}, {entry.seq}"))
            at[key] = entry.seq
    return found


def check_real_time(history: History, log: Iterable[LogLine]) -> list[Violation]:
    """What was sent after another message was acked comes after it; each sender's order stays."""
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}
    for entry in history.of("send", "ok"):
        times = asked if entry.f == "send" else answered
        times.setdefault(entry.op, entry.t_s)
    found: list[Violation] = []
    by_room: Mapping[str, list[LogLine]] = defaultdict(list)
    for line in log:
        if line.event == MESSAGE:
            by_room[line.room].append(line)
    for lines in by_room.values():
        earliest_ack_s, of = float("inf"), ""
        for line in sorted(lines, key=lambda each: -each.seq):
            if earliest_ack_s < asked.get(line.op, float("-inf")):
                found.append(Violation("real-time order", f"{line.op} before {of}"))
            if answered.get(line.op, float("inf")) < earliest_ack_s:
                earliest_ack_s, of = answered[line.op], line.op
    return found


def check_senders(history: History, log: Iterable[LogLine]) -> list[Violation]:
    """What one connection sends to one room without waiting comes in that order (P4).

    Of what had to be sent again only the client can say where it belongs.
    """
    attempts: dict[str, int] = defaultdict(int)
    for entry in history.of("send"):
        attempts[entry.op] += 1
    at = {line.op: line.seq for line in log if line.event == MESSAGE}
    last: dict[tuple[int, int, str], int] = {}
    found: list[Violation] = []
    for entry in history.of("send"):
        if attempts[entry.op] == 1 and entry.op in at:
            key = (entry.who, entry.link, entry.room)
            if at[entry.op] < last.get(key, 0):
                found.append(Violation("sender's order", f"person {entry.who}, {entry.op}"))
            last[key] = at[entry.op]
    return found


def check_drain(history: History) -> list[Violation]:
    """A node that ends cleanly answers what it has taken before it hangs up.

    What crosses its goodbye on the way was never taken: then nobody hears of it before it is sent
    again, elsewhere. What had been acked before and was sent once more proves nothing.
    """
    acked = {entry.op: entry.t_s for entry in reversed(list(history.of("ok")))}
    first_heard: dict[str, float] = {}
    for entry in history.of("heard"):
        first_heard.setdefault(entry.op, entry.t_s)
    sends: dict[str, list[float]] = defaultdict(list)
    for entry in history.of("send"):
        sends[entry.op].append(entry.t_s)
    faults = list(history.of("fault"))
    found: list[Violation] = []
    for entry in history.of("info"):
        if entry.why == "drained" and not _was_broken(faults, entry):
            again_s = next((t_s for t_s in sends[entry.op] if t_s > entry.t_s), float("inf"))
            known = acked.get(entry.op, float("inf")) < entry.t_s
            if not known and first_heard.get(entry.op, float("inf")) < again_s:
                detail = f"person {entry.who}, {entry.op}"
                found.append(Violation("unanswered at a drain", detail))
    return found


def check_answers(history: History) -> list[Violation]:
    """P6: whatever else is broken, a node that runs and can be reached answers in time."""
    found: list[Violation] = []
    node_of: dict[tuple[int, int], int] = {}
    faults: dict[str, tuple[Entry, float]] = {}
    for entry in history.of("up", "fault", "info"):
        if entry.f == "up":
            node_of[(entry.who, entry.link)] = entry.node
        elif entry.f == "fault":
            faults[entry.why] = (entry, float("inf") if entry.begins else entry.t_s)
        elif entry.why == "timeout":
            node = node_of.get((entry.who, entry.link), -1)
            recent = [fault for fault, until_s in faults.values() if until_s > entry.t_s - SENT_S]
            if not any(_keeps_from(fault, node) for fault in recent):
                found.append(Violation("no answer in time", f"person {entry.who}, node {node}"))
    return found


def _keeps_from(fault: Entry, node: int) -> bool:
    """Whether it explains that this node's clients hear nothing."""
    if fault.kind == "nodes restarted in turn":
        return True
    return fault.node == node and fault.kind.startswith(("node SIG", "node kill", "client to node"))


SENT_S = 5.0
"""How long before its time ran out a message was sent, and a little."""


def _was_broken(faults: Iterable[Entry], at: Entry) -> bool:
    """True when another fault than a clean restart may be why nobody answered."""
    clean = ("node SIGTERM", "nodes restarted in turn")
    running: dict[str, float] = {}
    for entry in faults:
        if entry.kind in clean or entry.t_s > at.t_s:
            continue
        if entry.begins:
            running[entry.why] = float("inf")
        else:
            running[entry.why] = entry.t_s
    return any(until_s > at.t_s - BROKEN_AFTER_S for until_s in running.values())


BROKEN_AFTER_S = 5.0
"""How long after a fault a slow answer may still be its doing."""
