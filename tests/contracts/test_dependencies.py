"""What is installed is what is locked, and no licence of it takes the product's away."""

import re
import tomllib
from importlib.metadata import distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
FORBIDDEN = re.compile(r"(?i)\b(?:A?GPL|SSPL|affero|GNU General Public)")
LESSER = re.compile(r"(?i)LGPL|lesser general")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, set[str]]:
    """Locked versions by package; some have one for each Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.M):
        found.setdefault(canonical(name), set()).add(version)
    return found


def test_every_locked_file_has_a_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.M)[1:]
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_dependency_we_name_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {canonical(re.split(r"[\[<>=!~; ]", each)[0]) for each in wanted}
    assert names - set(locked()) == set()


def test_what_is_installed_is_what_is_locked() -> None:
    versions = locked()
    other = {
        name: each.version
        for each in distributions()
        if (name := canonical(each.metadata["Name"])) in versions
        and each.version not in versions[name]
    }
    assert other == {}


def test_no_dependency_is_under_a_licence_that_spreads() -> None:
    found = {}
    for name in locked():
        try:
            metadata = distribution(name).metadata
        except ModuleNotFoundError:  # locked for another system
            continue
        said = [
            *(metadata.get_all("License-Expression") or []),
            *(metadata.get_all("Classifier") or []),
        ]
        licences = [line for line in said if FORBIDDEN.search(line) and not LESSER.search(line)]
        if licences and not any(" OR " in line for line in licences):
            found[name] = licences
    assert found == {}
