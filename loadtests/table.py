"""Samples as one table a scenario: medians, the range, and ratios inside the same repetition."""

from collections.abc import Sequence
from statistics import median

from loadtests.question import FAULTS, Column, Goal, Question, Sample, Scenario


def render(question: Question, scenario: Scenario, samples: Sequence[Sample]) -> str:
    """Markdown, aligned for a terminal."""
    titles = [scenario.title, *(c.title for c in scenario.columns), "hub ÷ this", "faults"]
    rows = [titles, [":--", *["--:"] * (len(titles) - 2), ":--"]]
    for server in scenario.servers:
        own = [s for s in samples if s.server == server]
        if own:
            figures = [_spread(own, c) for c in scenario.columns]
            rows.append([server, *figures, _ratio(scenario, samples, server), _faults(own)])
    lines = [f"## {question.name}: {question.asks.strip()}", "", *_aligned(rows)]
    for goal in scenario.goals:
        if verdict := _verdict(scenario, goal, samples):
            lines += ["", verdict]
    return "\n".join(lines) + "\n"


def faults(samples: Sequence[Sample]) -> list[str]:
    """What went wrong on the hub, a sentence each."""
    return [
        f"{s.question}, {s.scenario}, repetition {s.repetition}: {name} {s.figures[name]:.0f}"
        for s in samples
        if s.server == "hub"
        for name in FAULTS
        if s.figures.get(name)
    ]


def ratios(scenario: Scenario, samples: Sequence[Sample], server: str) -> list[float]:
    """The hub's first figure divided by that of `server`, repetition by repetition."""
    figure = scenario.columns[0].figure
    of_hub = {s.repetition: s.figures[figure] for s in samples if s.server == "hub"}
    return [
        of_hub[s.repetition] / s.figures[figure]
        for s in samples
        if s.server == server and s.repetition in of_hub and s.figures[figure]
    ]


def _spread(samples: Sequence[Sample], column: Column) -> str:
    values = [s.figures[column.figure] for s in samples if column.figure in s.figures]
    if not values or min(values) < 0:
        return "–"
    middle = f"{median(values):,.{column.digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} [{min(values):,.{column.digits}f}..{max(values):,.{column.digits}f}]"


def _ratio(scenario: Scenario, samples: Sequence[Sample], server: str) -> str:
    found = ratios(scenario, samples, server) if server != "hub" else []
    if not found:
        return ""
    if len(found) == 1:
        return f"{found[0]:.2f}"
    return f"{median(found):.2f} [{min(found):.2f}..{max(found):.2f}]"


def _faults(samples: Sequence[Sample]) -> str:
    sums = {name: sum(s.figures.get(name, 0) for s in samples) for name in FAULTS}
    return ", ".join(f"{name} {count:,.0f}" for name, count in sums.items() if count) or "none"


def _verdict(scenario: Scenario, goal: Goal, samples: Sequence[Sample]) -> str | None:
    found = ratios(scenario, samples, goal.against)
    if not found:
        return None
    ratio, less = median(found), goal.at_least > goal.aim
    reached = [ratio <= mark if less else ratio >= mark for mark in (goal.aim, goal.at_least)]
    word = "aim reached" if reached[0] else "reached" if reached[1] else "NOT reached"
    bound = "at most" if less else "at least"
    return (
        f"hub ÷ {goal.against}: {ratio:.2f}, wanted {bound} {goal.at_least:g},"
        f" aim {goal.aim:g}: {word}"
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "| "
        + " | ".join(
            cell.ljust(width) if i in (0, len(row) - 1) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in rows
    ]
