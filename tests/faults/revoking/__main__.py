"""`python -m tests.faults.revoking --sockets 200`: P14, with Redis and without, a line each."""

import argparse
import asyncio
import sys

import msgspec

from tests.faults.revoking.trial import check_revoking, measure_revoking
from tests.interrupts import interruptible


def main() -> int:
    """Exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.revoking", description=__doc__)
    parser.add_argument("--sockets", type=int, default=200)
    options = parser.parse_args()
    broken = 0
    for with_redis in (True, False):
        measured = asyncio.run(measure_revoking(options.sockets, with_redis=with_redis))
        print("with redis" if with_redis else "without", msgspec.json.encode(measured).decode())
        for violation in check_revoking(measured, with_redis=with_redis):
            broken += 1
            print(f"{violation.what}: {violation.detail}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(interruptible(main))
