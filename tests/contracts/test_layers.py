"""The architecture's rules that one can check by reading the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("rooms", "storage", "media", "api", "hub")
ONLY_HUB = {"environ", "getenv", "environb"}
NOT_NAMES = {"utils", "helpers", "common", "base", "manager", "service", "misc", "core"}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Top-level packages that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield str(node.module).partition(".")[0]


def test_imports_point_down_only() -> None:
    # In a process of its own: import-linter configures logging for all of the process it runs in.
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_rooms_import_the_standard_library_and_msgspec_alone() -> None:
    allowed = sys.stdlib_module_names | {"rooms", "msgspec"}
    found = {(path.name, name) for path in sources("rooms") for name in imported(path)}
    assert {(file, name) for file, name in found if name not in allowed} == set()


def test_rooms_neither_wait_nor_ask_the_world() -> None:
    worldly = {"asyncio", "os", "pathlib", "random", "secrets", "socket", "time", "threading"}
    found = {(path.name, name) for path in sources("rooms") for name in imported(path)}
    assert {(file, name) for file, name in found if name in worldly} == set()
    waiting = [
        path.name
        for path in sources("rooms")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert waiting == []


def test_nothing_below_hub_reads_the_environment() -> None:
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("rooms", "storage", "media", "api")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ONLY_HUB
    ]
    assert readers == []


def test_a_file_is_named_for_a_noun() -> None:
    named = [path for path in sources(*FOLDERS) if path.stem in NOT_NAMES]
    assert named == []


def test_the_installed_packages_are_this_tree() -> None:
    for folder in FOLDERS:
        spec = PathFinder.find_spec(folder)
        assert spec is not None
        assert Path(str(spec.origin)).parent == ROOT / folder
