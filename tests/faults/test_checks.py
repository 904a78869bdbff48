"""Each checker on a few lines of history: it finds what it is there for, and nothing else."""

from collections.abc import Callable

import pytest

from tests.faults.harness import checks
from tests.faults.harness.checks import LogLine
from tests.faults.harness.figures import check_outages, measure
from tests.faults.harness.history import Entry, History
from tests.faults.harness.presence import check_presence, measure_presence

LOG = [LogLine("r", 1, "message:created", "a"), LogLine("r", 2, "message:created", "b")]


def history(*entries: Entry) -> History:
    made = History()
    made.entries = list(entries)
    return made


def at(t_s: float, f: str, **fields: object) -> Entry:
    defaults: dict[str, object] = {"who": 0, "link": 1, "room": "r"}
    return Entry(t_s, f, **(defaults | fields))  # type: ignore[arg-type]


WELL = (
    at(0.0, "caught_up", seq=0, why="first"),
    at(1.0, "send", op="a"),
    at(1.1, "ok", op="a", seq=1),
    at(1.2, "heard", op="a", seq=1),
    at(1.2, "shown", op="a", seq=1),
    at(2.0, "send", op="b"),
    at(2.1, "ok", op="b", seq=2),
    at(2.2, "heard", op="b", seq=2),
    at(2.2, "shown", op="b", seq=2),
)


def all_of(entries: History, log: list[LogLine]) -> set[str]:
    found = checks.check_log(entries, log) + checks.check_shown(entries, log)
    found += checks.check_wire(entries) + checks.check_real_time(entries, log)
    found += checks.check_drain(entries) + checks.check_answers(entries)
    found += checks.check_senders(entries, log)
    return {violation.what for violation in found}


def test_a_history_as_it_should_be_passes() -> None:
    assert all_of(history(*WELL), LOG) == set()


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (LOG[:1], "acked and lost"),
        ([LOG[0], LogLine("r", 3, "message:created", "b")], "hole in the log"),
        ([*LOG, LogLine("r", 3, "message:created", "b")], "twice in the log"),
        ([*LOG, LogLine("r", 3, "message:created", "x")], "nobody sent it"),
        ([*LOG, LogLine("r", 3, "member:joined", "")], "never shown"),
        (
            [LogLine("r", 1, "message:created", "b"), LogLine("r", 2, "message:created", "a")],
            "real-time order",
        ),
        (
            [LogLine("r", 1, "message:created", "b"), LogLine("r", 2, "message:created", "a")],
            "sender's order",
        ),
    ],
)
def test_a_wrong_log_is_noticed(log: list[LogLine], what: str) -> None:
    assert what in all_of(history(*WELL), log)


def without(f: str, op: str) -> Callable[[Entry], bool]:
    return lambda entry: (entry.f, entry.op) != (f, op)


@pytest.mark.parametrize(
    ("keep", "more", "what"),
    [
        (without("shown", "b"), (), "never shown"),
        (without("shown", "a"), (), "shown with a gap"),
        (without("heard", "a"), (), "heard with a gap"),
        (without("", ""), (at(3.0, "heard", op="a", seq=1),), "heard twice or late"),
        (without("", ""), (at(3.0, "heard", op="c", seq=3, link=2),), "heard before the ack"),
        (without("", ""), (at(3.0, "shown", op="c", seq=3),), "shown and not in the log"),
        (without("", ""), (at(3.0, "caught_up", seq=2, why="snapshot"),), "history replaced"),
        (without("", ""), (at(3.0, "ok", op="b", seq=1),), "acked with another seq"),
        (
            without("", ""),
            (at(3.0, "info", op="c", why="drained"), at(3.1, "heard", op="c", seq=3)),
            "unanswered at a drain",
        ),
        (without("", ""), (at(9.0, "info", op="c", why="timeout"),), "no answer in time"),
    ],
)
def test_a_wrong_history_is_noticed(
    keep: Callable[[Entry], bool], more: tuple[Entry, ...], what: str
) -> None:
    assert what in all_of(history(*filter(keep, WELL), *more), LOG)


def test_what_crosses_the_goodbye_is_sent_again() -> None:
    crossed = at(3.0, "info", op="b", why="drained")
    again = (at(0.9, "send", op="b"), at(0.95, "info", op="b", why="drained"))

    assert all_of(history(*WELL[:1], *again, *WELL[1:]), LOG) == set()
    unanswered = at(2.25, "info", op="b", why="drained")
    rest = (at(2.1, "heard", op="b", seq=2), at(2.2, "shown", op="b", seq=2))
    assert all_of(history(*WELL[:6], *rest, unanswered), LOG) == {"unanswered at a drain"}
    assert all_of(history(*WELL, crossed), LOG) == set()


def test_who_is_unanswered_while_something_else_is_broken_is_no_drains_doing() -> None:
    broken = at(2.9, "fault", kind="postgres kill -9", why="postgres kill -9", begins=True)
    drained = at(3.0, "info", op="b", why="drained")

    assert all_of(history(*WELL, broken, drained), LOG) == set()


def test_what_was_sent_again_keeps_no_order() -> None:
    again = at(1.9, "send", op="a", link=2)
    log = [LogLine("r", 1, "message:created", "b"), LogLine("r", 2, "message:created", "a")]

    assert "sender's order" not in all_of(history(*WELL[:6], again, *WELL[6:]), log)


def test_a_frozen_node_is_why_nobody_answers() -> None:
    up = at(0.5, "up", node=2)
    frozen = at(2.9, "fault", kind="node SIGSTOP", node=2, why="node SIGSTOP (2)", begins=True)
    late = at(7.0, "info", op="c", why="timeout")

    assert all_of(history(*WELL, up, frozen, late), LOG) == set()


def watching(*sees: Entry, gone_s: float = 20.0) -> History:
    """Person 0 watches for 40 s; person 1 is there from 1 s to `gone_s`."""
    up = (at(0.0, "member"), at(0.0, "member", who=1), at(0.0, "up"), at(1.0, "up", who=1))
    down = (at(gone_s, "down", who=1, why="lost"),)
    return history(*sorted((*up, *sees, *down), key=lambda each: each.t_s))


def test_presence_that_follows_is_right() -> None:
    shown = measure_presence(
        watching(
            at(0.5, "sees", seen=(0,)), at(1.5, "sees", seen=(0, 1)), at(26.0, "sees", seen=(0,))
        ),
        40.0,
    )

    assert (shown.longest_missing_s, shown.longest_ghost_s, shown.flickers) == (0.5, 6.0, 0)
    assert check_presence(shown) == []


def test_a_ghost_is_noticed() -> None:
    shown = measure_presence(watching(at(1.5, "sees", seen=(0, 1))), 40.0)

    assert shown.longest_ghost_s == 20.0
    assert [violation.what for violation in check_presence(shown)] == ["shown and gone"]


def test_who_is_missing_and_who_flickers_is_noticed() -> None:
    shown = measure_presence(
        watching(
            at(1.5, "sees", seen=(0, 1)), at(5.0, "sees", seen=(0,)), at(9.0, "sees", seen=(0, 1))
        ),
        22.0,
    )

    assert (shown.longest_missing_s, shown.flickers) == (4.0, 1)
    assert "there and not shown" in {violation.what for violation in check_presence(shown)}


@pytest.mark.parametrize(
    ("away_s", "left_after_s", "flickers"),
    [
        (6.0, 0.1, 0),  # gone for longer than the grace: the leave and his return have crossed
        (6.0, 1.5, 1),  # by then his return is known
        (4.0, 0.1, 1),  # back in time: nobody may have seen him go
    ],
)
def test_a_leave_that_crosses_a_return_is_no_flicker(
    away_s: float, left_after_s: float, flickers: int
) -> None:
    back_s = 10.0 + away_s
    seen = watching(
        at(1.5, "sees", seen=(0, 1)),
        at(back_s, "up", who=1),
        at(back_s + left_after_s, "sees", seen=(0,)),
        at(back_s + left_after_s + 0.1, "sees", seen=(0, 1)),
        at(30.0, "down", who=1, why="lost"),
        gone_s=10.0,
    )

    assert measure_presence(seen, 30.0).flickers == flickers


def test_an_outage_that_lasts_too_long_is_noticed() -> None:
    shown = measure_presence(history(), 1.0)
    outage = (
        at(1.0, "fault", kind="redis kill -9", why="redis", begins=True),
        at(2.0, "send", op="a"),
        at(2.1, "ok", op="a", seq=1),
        at(2.9, "shown", op="a", seq=1, why="live"),
        at(3.0, "fault", kind="redis kill -9", why="redis"),
        at(4.0, "back"),
        at(6.5, "ok", op="b", seq=2),
    )
    figures = measure(history(*outage), shown, [])

    assert check_outages(figures, None, None) == []
    assert check_outages(figures, 1_000.0, 3_000.0) == []
    found = {violation.what for violation in check_outages(figures, 700.0, 2_000.0)}
    assert found == {"late without Redis", "late after PostgreSQL"}
