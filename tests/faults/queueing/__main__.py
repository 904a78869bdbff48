"""`python -m tests.faults.queueing --edits 500 --seconds 90 --seeds 1`: P7, a line a seed.

`--seconds 0` is without faults and without pauses: what one queue takes.
"""

import argparse
import asyncio
import sys

import msgspec

from tests.faults.harness.schedule import as_lines
from tests.faults.queueing.trial import edit_through
from tests.interrupts import interruptible


def main() -> int:
    """Exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.queueing", description=__doc__)
    parser.add_argument("--editors", type=int, default=16)
    parser.add_argument("--edits", type=int, default=500, help="of each")
    parser.add_argument("--seconds", type=float, default=90.0, help="of faults")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    options = parser.parse_args()
    broken = 0
    for seed in options.seeds:
        done = asyncio.run(
            edit_through(seed, options.editors, options.edits, fault_s=options.seconds)
        )
        shown = msgspec.to_builtins(done)
        del shown["schedule"]
        print(msgspec.json.encode(shown).decode(), flush=True)
        if done.violations:
            broken += 1
            print(as_lines(done.schedule), flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(interruptible(main))
