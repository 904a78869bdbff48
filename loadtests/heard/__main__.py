"""`python -m loadtests.heard`: how far apart browsers sound, over three networks.

python -m loadtests.heard                                    # all networks, a minute each
python -m loadtests.heard --network wifi --engines graph,graph,media,media
python -m loadtests.heard --minutes 5 --write                # the figures of loadtests/results

Exit code 1 when a figure misses the least that is asked, or a page complains.
"""

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from loadtests.heard.network import NETWORKS
from loadtests.heard.run import Run, Wanted, run
from loadtests.heard.verdicts import Engine
from loadtests.heard.written import page, table
from loadtests.machine import describe
from tests.interrupts import interruptible

RESULTS = Path(__file__).parents[1] / "results"
ALL_GRAPH: tuple[Engine, ...] = ("graph",) * 4
MIXED: tuple[Engine, ...] = ("graph", "media", "graph", "media")


def main() -> int:
    """Runs what was asked for, one after the other."""
    options = _options()
    machine = describe()
    print(machine, flush=True)
    runs: list[Run] = []
    for network, engines in _asked(options):
        with tempfile.TemporaryDirectory(prefix="veza-heard-") as folder:
            Path(folder).chmod(0o711)  # the private PostgreSQL's own account passes through
            wanted = Wanted(network, engines, 60 * options.minutes, options.seed)
            runs.append(asyncio.run(run(wanted, Path(folder), options.keep)))
        print(table(runs[-1]), flush=True)
    if options.write:
        path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-heard.md"
        path.write_text(page(machine, runs, " ".join(sys.argv[1:])))
        print(f"written: {path}")
    missed = any("NOT" in figure.verdict for each in runs for figure in each.figures)
    return 1 if missed or any(each.said for each in runs) else 0


def _asked(options: argparse.Namespace) -> list[tuple[str, tuple[Engine, ...]]]:
    if options.network or options.engines:
        return [(name, options.engines or ALL_GRAPH) for name in options.network or NETWORKS]
    return [*((name, ALL_GRAPH) for name in NETWORKS), ("wifi", MIXED)]


def _engines(text: str) -> tuple[Engine, ...]:
    names = tuple(text.split(","))
    if len(names) < 2 or not set(names) <= set(get_args(Engine)):
        raise argparse.ArgumentTypeError("two or more of graph and media, with commas")
    return names  # type: ignore[return-value]  # they were looked at just now


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.heard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--network", action="append", choices=sorted(NETWORKS))
    parser.add_argument("--engines", type=_engines, help="one a browser; the last comes late")
    parser.add_argument("--minutes", type=float, default=1.0, help="of music (1)")
    parser.add_argument("--seed", type=int, default=1, help="of the networks")
    parser.add_argument("--keep", type=Path, help="folder for the recordings and what was seen")
    parser.add_argument("--write", action="store_true", help="write loadtests/results")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(interruptible(main))
