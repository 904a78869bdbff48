"""What a client program is told, and the figures it prints."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil


def options(description: str) -> argparse.Namespace:
    """Address, people, rooms, tracks and how long."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pids", required=True, help="processes whose CPU is measured")
    parser.add_argument("--tokens", type=Path, required=True, help="file, one a line")
    parser.add_argument("--rooms", type=Path, help="file, one a line")
    parser.add_argument("--tracks", type=Path, help="file, one a line; the nth of the nth person")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--in-flight", type=int, default=1, help="calls of one person at a time")
    parser.add_argument("--members", type=int, default=0)
    return parser.parse_args()


def lines(path: Path) -> list[str]:
    """The file's lines that say something."""
    return path.read_text().split()


class Measured:
    """Answers of one run: how many, how late, what was wrong with them."""

    def __init__(self) -> None:
        self.took_ms: list[float] = []
        self.faults = {"refused": 0, "strange": 0, "disordered": 0, "doubled": 0, "missing": 0}
        self.seconds = 0.0
        self.cpu_s = 0.0
        self.first_faults: list[str] = []

    def fault(self, kind: str, what: str) -> None:
        """Counts a fault; the first few are told on stderr."""
        self.faults[kind] += 1
        if len(self.first_faults) < 5:
            self.first_faults.append(f"{kind}: {what}")

    @contextmanager
    def measuring(self, pids: str) -> Iterator[None]:
        """Time and the servers' CPU while the block lasts."""
        servers = [psutil.Process(int(pid)) for pid in pids.split(",")]
        before, began = _cpu_s(servers), time.perf_counter()
        yield
        self.seconds = time.perf_counter() - began
        self.cpu_s = _cpu_s(servers) - before

    def shown(self) -> str:
        """One line of JSON, named as the generator's figures."""
        took = sorted(self.took_ms) or [0.0]
        count = len(self.took_ms)
        figures = {
            "answered_per_s": count / self.seconds,
            "p50_ms": took[len(took) // 2],
            "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)],
            "cpu_percent": 100 * self.cpu_s / self.seconds,
            "cpu_us_per_answer": 1e6 * self.cpu_s / max(count, 1),
            **self.faults,
        }
        return msgspec.json.encode(figures).decode()


def _cpu_s(servers: Sequence[psutil.Process]) -> float:
    return sum(sum(server.cpu_times()[:2]) for server in servers)
