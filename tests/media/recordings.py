"""Real music for the tests, from Debian's package asc-music (GPL-2+, 10 MB): three MP3 files.

Installed by .ci/run; else the package is fetched once and unpacked into the user's cache.
"""

import shutil
import subprocess
from pathlib import Path

PACKAGE = "asc-music"
NAMES = ("frontiers.mp3", "machine_wars.mp3", "time_to_strike.mp3")
INSTALLED = Path("/usr/share/games/asc/music")
CACHE = Path.home() / ".cache" / "veza-tests" / PACKAGE


def find_recordings() -> dict[str, Path]:
    """The recordings by file name.

    Raises:
        FileNotFoundError: neither installed nor to be had; the message says what to do.
    """
    for folder in (INSTALLED, CACHE):
        if all((folder / name).is_file() for name in NAMES):
            return {name: folder / name for name in NAMES}
    _fetch()
    return {name: CACHE / name for name in NAMES}


def _fetch() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", PACKAGE], cwd=CACHE, check=True, capture_output=True)
        (package,) = CACHE.glob(f"{PACKAGE}_*.deb")
        subprocess.run(["dpkg", "-x", package.name, "unpacked"], cwd=CACHE, check=True)
        for name in NAMES:
            (CACHE / "unpacked" / INSTALLED.relative_to("/") / name).replace(CACHE / name)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise FileNotFoundError(
            f"The tests need the recordings of Debian's package {PACKAGE}: run "
            f"`apt-get install {PACKAGE}`, or put {', '.join(NAMES)} into {CACHE}."
        ) from error
    finally:
        shutil.rmtree(CACHE / "unpacked", ignore_errors=True)
        for leftover in CACHE.glob("*.deb"):
            leftover.unlink()
