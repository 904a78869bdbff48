"""`python -m loadtests [names]`: measure the hub beside its peers and print the figures."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from loadtests.machine import describe
from loadtests.question import Sample
from loadtests.questions import QUESTIONS
from loadtests.runs import run
from loadtests.stage import open_stage
from loadtests.table import faults, render


def main() -> int:
    """Exit code 1 when the hub lost, doubled or reordered anything, however fast it was."""
    options = _options()
    asked = [QUESTIONS[name] for name in options.names or QUESTIONS]
    samples: list[Sample] = []
    report = [describe()]
    print(report[0])
    with open_stage() as stage:
        for question in asked:
            for scenario in (
                (question.quick or question.scenarios) if options.quick else (question.scenarios)
            ):
                began_s = time.monotonic()
                found = []
                for sample in run(stage, question, scenario, options.reps, set(options.server)):
                    found.append(sample)
                    _progress(sample)
                samples += found
                report.append(render(question, scenario, found))
                print(report[-1])
                print(f"({time.monotonic() - began_s:.0f} s)\n", file=sys.stderr)
    _write(options.json, options.markdown, samples, report)
    wrong = faults(samples)
    for sentence in wrong:
        print(f"FAULT {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def _progress(sample: Sample) -> None:
    value = next(iter(sample.figures.values()))
    print(
        f"  {sample.scenario}: {sample.server} #{sample.repetition} {value:,.0f}", file=sys.stderr
    )


def _write(
    json: Path | None, markdown: Path | None, samples: list[Sample], report: list[str]
) -> None:
    if json is not None:
        found = {"at": datetime.now(UTC).isoformat(), "machine": report[0], "samples": samples}
        json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    if markdown is not None:
        markdown.write_text("\n".join(report))


def _options() -> argparse.Namespace:
    names = "\n".join(f"  {q.name:14} {q.asks.strip()}" for q in QUESTIONS.values())
    parser = argparse.ArgumentParser(
        prog="python -m loadtests",
        description=__doc__,
        epilog=f"questions:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*QUESTIONS, []], metavar="question")
    parser.add_argument("--reps", type=int, default=3, help="repetitions of each run (3)")
    parser.add_argument("--quick", action="store_true", help="one repetition of smaller loads")
    parser.add_argument("--server", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--json", type=Path, help="file for every sample")
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    options = parser.parse_args()
    if options.quick:
        options.reps = 1
    return options


if __name__ == "__main__":
    sys.exit(main())
