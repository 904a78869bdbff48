"""A test waits for an event, or asks with a deadline (tests/eventually.py); it does not sleep.

What does sleep sets the pace of something: a client that drips, sound, a schedule of faults. It
says so in a comment, `# pace: of what`, beside the call or above it.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parent.parent


def test_who_sleeps_says_whose_pace_it_is() -> None:
    found = [
        f"{file}:{line}" for file in TESTS.rglob("*.py") for line in _unexplained(file.read_text())
    ]
    assert found == []


def test_the_rule_tells_a_wait_from_a_pace() -> None:
    text = """
await asyncio.sleep(0)
await asyncio.sleep(1)  # pace: of a client that drips
# pace: of sound
time.sleep(max(0.0, start_s))
text = "time.sleep(60)"

await asyncio.sleep(0.1)
page.wait_for_timeout(250)
"""
    assert _unexplained(text) == [8, 9]


def _unexplained(text: str) -> list[int]:
    """Lines that let time pass and do not say why."""
    lines = text.splitlines()
    return sorted(
        call.lineno
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and _sleeps(call)
        and "# pace: " not in "\n".join(lines[max(0, call.lineno - 2) : call.end_lineno])
    )


def _sleeps(call: ast.Call) -> bool:
    """Whether the call lets time pass; `sleep(0)` lets others run, which is no time."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name == "wait_for_timeout":
        return True
    return name == "sleep" and ast.unparse(call.args[0]) != "0"
