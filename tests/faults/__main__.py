"""`python -m tests.faults`: trials by seed, one line of figures each; `make faults` calls it.

python -m tests.faults --seconds 60 --seeds 1 2 3
python -m tests.faults --profile presence --seconds 300
python -m tests.faults --schedule failed.jsonl      # a schedule that was printed, once more
"""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop

from tests.faults.harness.profile import PROFILES
from tests.faults.harness.schedule import as_lines, from_lines
from tests.faults.harness.trial import Verdict, run_trial
from tests.interrupts import interruptible


def main() -> int:
    """Exit code 1 when any promise was broken."""
    options = _options()
    schedule = from_lines(options.schedule.read_text()) if options.schedule else None
    broken = 0
    for seed in options.seeds:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            verdict = runner.run(
                run_trial(
                    options.profile,
                    seed,
                    options.seconds,
                    mutant=options.mutant,
                    schedule=schedule,
                    history_path=options.history,
                )
            )
        print(_line(verdict), flush=True)
        if options.json is not None:
            with options.json.open("ab") as file:
                file.write(msgspec.json.encode(verdict) + b"\n")
        if verdict.violations:
            broken += 1
            print("\n".join(verdict.examples))
            print(f"# its schedule, for --profile {verdict.profile} --seeds {seed} --schedule FILE")
            print(as_lines(verdict.schedule), flush=True)
    return 1 if broken else 0


def _line(verdict: Verdict) -> str:
    shown = msgspec.to_builtins(verdict)
    del shown["schedule"], shown["examples"]
    return msgspec.json.encode(shown).decode()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--profile", choices=sorted(PROFILES), default="all")
    parser.add_argument("--seconds", type=float, default=60.0, help="of faults, per seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--mutant", help="break the product on purpose (harness/mutants.py)")
    parser.add_argument("--schedule", type=Path, help="faults from a file instead of the seed")
    parser.add_argument("--history", type=Path, help="write what happened to this file")
    parser.add_argument("--json", type=Path, help="append each verdict to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(interruptible(main))
