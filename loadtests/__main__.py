"""`python -m loadtests [questions]`: measure the hub beside its peers and print the figures."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from loadtests.machine import describe
from loadtests.question import Question, Sample, Scenario
from loadtests.questions import QUESTIONS
from loadtests.runs import run
from loadtests.stage import Stage, open_stage
from loadtests.table import faults, render
from tests.interrupts import interruptible

DEFAULT_REPETITIONS = 3


def main() -> int:
    """Exit code 1 when the hub lost, doubled or reordered anything, however fast it was."""
    options = _options()
    machine = describe()
    print(machine, flush=True)
    samples: list[Sample] = []
    tables: list[str] = []
    with open_stage() as stage:
        for question, scenario in _asked(options.questions, options.quick):
            found = _measure(stage, question, scenario, options)
            samples += found
            tables.append(render(question, scenario, found))
            print(tables[-1], flush=True)
    if options.json is not None:
        _write_json(options.json, machine, samples)
    if options.markdown is not None:
        options.markdown.write_text("\n".join([machine, *tables]))
    wrong = faults(samples)
    for sentence in wrong:
        print(f"FAULT {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def _asked(names: list[str], quick: bool) -> Iterator[tuple[Question, Scenario]]:
    for name in names or QUESTIONS:
        question = QUESTIONS[name]
        for scenario in question.quick if quick and question.quick else question.scenarios:
            yield question, scenario


def _measure(
    stage: Stage, question: Question, scenario: Scenario, options: argparse.Namespace
) -> list[Sample]:
    """One scenario; says on stderr how it goes."""
    found: list[Sample] = []
    for sample in run(stage, question, scenario, options.reps, set(options.server)):
        found.append(sample)
        column = scenario.columns[0]
        figure = f"{sample.figures[column.figure]:,.{column.digits}f} {column.title}"
        where = f"{question.name}, {scenario.title}, {sample.server}, {sample.repetition}"
        print(f"  {where}: {figure}", file=sys.stderr)
    return found


def _write_json(path: Path, machine: str, samples: list[Sample]) -> None:
    body = {"at": datetime.now(UTC).isoformat(), "machine": machine, "samples": samples}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(body)) + b"\n")


def _options() -> argparse.Namespace:
    names = "\n".join(f"  {q.name:14} {q.asks}" for q in QUESTIONS.values())
    parser = argparse.ArgumentParser(
        prog="python -m loadtests",
        description=__doc__,
        epilog=f"questions:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("questions", nargs="*", metavar="question", help="all when none is named")
    parser.add_argument("--reps", type=int, help=f"repetitions ({DEFAULT_REPETITIONS})")
    parser.add_argument("--quick", action="store_true", help="once, with smaller loads")
    parser.add_argument("--server", action="append", default=[], help="this one only; repeatable")
    parser.add_argument("--json", type=Path, help="file for every sample")
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    options = parser.parse_args()
    if unknown := set(options.questions) - set(QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    options.reps = options.reps or (1 if options.quick else DEFAULT_REPETITIONS)
    return options


if __name__ == "__main__":
    sys.exit(interruptible(main))
