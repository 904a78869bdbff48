"""Runs as Markdown tables."""

from collections.abc import Sequence
from itertools import groupby
from statistics import median

from loadtests.heard.network import NETWORKS
from loadtests.heard.run import Run
from loadtests.heard.verdicts import Figure

_HEAD = """\
# What was heard, {date}

{machine}
`python -m loadtests.heard {arguments}`: Chromium processes in one room, each with a simulated
network and a sound card of its own; the cards are recorded sample-locked and compared with the
music (loadtests/README.md says how, and what it cannot see). The worst of each run's values, with
the median and the number of values where there are several.

"""


def table(run: Run) -> str:
    """One run, aligned for a terminal."""
    rows = [("figure", "worst", "median of", "asked", "verdict")]
    rows += [_row(figure) for figure in run.figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    said = [f"\nComplaint: {sentence}" for sentence in run.said]
    return "\n".join([f"\n## {_title(run)}\n", *lines, *said])


def page(machine: str, runs: Sequence[Run], arguments: str) -> str:
    """The file of results."""
    head = _HEAD.format(date=machine[:10], machine=machine, arguments=arguments)
    return head + "\n".join(table(run) for run in runs).lstrip() + "\n"


def _title(run: Run) -> str:
    wanted = run.wanted
    groups = [(engine, len(list(same))) for engine, same in groupby(sorted(wanted.engines))]
    crowd = " and ".join(f"{count} {engine}" for engine, count in groups)
    return (
        f"{NETWORKS[wanted.network].name}, {crowd}, {wanted.seconds / 60:g} min,"
        f" {run.settled.windows} windows settled"
    )


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    known = [abs(value) for value in figure.values if value == value]
    middle = f"{median(known):.2f} of {len(figure.values)}" if len(figure.values) > 1 else ""
    asked = ""
    if figure.asked is not None:
        asked = f"{figure.asked.at_most:g}"
        if figure.asked.aim != figure.asked.at_most:
            asked += f", aim {figure.asked.aim:g}"
    worst = f"{figure.worst:.2f} {figure.unit}" if figure.worst == figure.worst else "not heard"
    return figure.name, worst, middle, asked, figure.verdict
