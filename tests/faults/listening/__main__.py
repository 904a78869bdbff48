"""`python -m tests.faults.listening --kills 20 --freezes 20`: P8, one line of figures."""

import argparse
import asyncio
import sys

import msgspec

from tests.faults.listening.trial import check_listening, measure_listening
from tests.interrupts import interruptible


def main() -> int:
    """Exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.listening", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of the host's node")
    parser.add_argument("--freezes", type=int, default=20, help="of the host's node")
    options = parser.parse_args()
    measured = asyncio.run(measure_listening(options.kills, options.freezes))
    print(msgspec.json.encode(measured).decode(), flush=True)
    found = check_listening(measured)
    for violation in found:
        print(f"{violation.what}: {violation.detail}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(interruptible(main))
