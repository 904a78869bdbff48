"""The figures of one trial, as people ask for them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from tests.faults.harness.checks import Violation
from tests.faults.harness.history import History
from tests.faults.harness.presence import Shown


class Spread(Struct, frozen=True):
    """Milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Figures(Struct, frozen=True, kw_only=True):
    """What a trial was like."""

    acked: int
    ack: Spread
    """From the first time it was sent to its ack, faults and retries included."""
    resume: Spread
    """From a lost connection to following everything again."""
    delivery: Spread
    """From the first time it was sent to being shown to another."""
    delivery_without_redis: Spread
    """The same for what was sent while Redis was dead."""
    first_ack_after_postgres: Spread
    """From PostgreSQL answering again to the next ack."""
    drains: Spread
    """From SIGTERM to the process's end."""
    gap_at_drain: Spread
    """For those whom a draining node sent away: until they followed again."""
    presence: Shown


def measure(history: History, shown: Shown, drained_s: Sequence[float]) -> Figures:
    """All figures."""
    sent: dict[str, float] = {}
    for entry in history.of("send"):
        sent.setdefault(entry.op, entry.t_s)
    acks = [entry for entry in history.of("ok") if entry.op in sent]
    first_acks: dict[str, float] = {}
    for ack in acks:
        first_acks.setdefault(ack.op, ack.t_s)
    without_redis = _windows(history, "redis kill -9")
    delivered: list[float] = []
    delivered_without: list[float] = []
    for entry in history.of("shown"):
        if entry.op in sent and entry.why == "live":
            delivered.append(entry.t_s - sent[entry.op])
            if any(begin < sent[entry.op] and entry.t_s < end for begin, end in without_redis):
                delivered_without.append(delivered[-1])
    return Figures(
        acked=len(first_acks),
        ack=spread([at - sent[op] for op, at in first_acks.items()]),
        resume=spread(_resumes(history, ("lost", "draining"))),
        delivery=spread(delivered),
        delivery_without_redis=spread(delivered_without),
        first_ack_after_postgres=spread(_first_acks(history)),
        drains=spread(list(drained_s)),
        gap_at_drain=spread(_resumes(history, ("draining",))),
        presence=shown,
    )


def check_outages(
    figures: Figures, without_redis_ms: float | None, first_ack_ms: float | None
) -> list[Violation]:
    """P6: how well the hub does without Redis, and how soon with PostgreSQL again."""
    found = []
    late_ms = figures.delivery_without_redis.p99_ms
    if without_redis_ms is not None and late_ms > without_redis_ms:
        found.append(Violation("late without Redis", f"p99 {late_ms} ms"))
    first_ms = figures.first_ack_after_postgres.max_ms
    if first_ack_ms is not None and first_ms > first_ack_ms:
        found.append(Violation("late after PostgreSQL", f"{first_ms} ms"))
    return found


def _resumes(history: History, reasons: Sequence[str]) -> list[float]:
    down: dict[int, float] = {}
    found = []
    for entry in history.of("up", "down"):
        if entry.f == "down" and entry.why in reasons:
            down[entry.who] = entry.t_s
        elif entry.f == "up" and entry.who in down:
            found.append(entry.t_s - down.pop(entry.who))
    return found


def _first_acks(history: History) -> list[float]:
    ack_times = [entry.t_s for entry in history.of("ok")]
    found = []
    for back in history.of("back"):
        index = bisect_left(ack_times, back.t_s)
        if index < len(ack_times):
            found.append(ack_times[index] - back.t_s)
    return found


def _windows(history: History, kind: str) -> list[tuple[float, float]]:
    begun: dict[str, float] = defaultdict(float)
    windows = []
    for entry in history.of("fault"):
        if entry.kind == kind and entry.begins:
            begun[entry.why] = entry.t_s
        elif entry.kind == kind:
            windows.append((begun[entry.why], entry.t_s))
    return windows


def spread(seconds: Sequence[float]) -> Spread:
    """Of so many seconds each."""
    if not seconds:
        return Spread(0, 0.0, 0.0, 0.0)
    ordered = sorted(1000 * each for each in seconds)
    last = len(ordered) - 1
    return Spread(
        len(ordered),
        round(ordered[last // 2], 1),
        round(ordered[min(last, round(0.99 * last))], 1),
        round(ordered[-1], 1),
    )
