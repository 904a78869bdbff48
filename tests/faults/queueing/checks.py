"""What must hold of a queue that many have edited: one order for all, nothing lost or doubled."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from tests.faults.harness.checks import Violation
from tests.faults.queueing.editor import Editor


class QueueLine(Struct, frozen=True):
    """One event of the room's log that concerns the queue."""

    seq: int
    event: str
    op: str
    data: Mapping[str, Any]


def check_queue(
    editors: Sequence[Editor], log: Sequence[QueueLine], truth: Sequence[Mapping[str, Any]]
) -> list[Violation]:
    """P7.

    Args:
        editors: at rest.
        log: all of it.
        truth: the queue's items as a newcomer is shown them.
    """
    found = [
        Violation("folded wrong", f"editor {editor.number}: {each}")
        for editor in editors
        for each in editor.misfolded
    ]
    found += [
        Violation("answered otherwise", f"editor {editor.number}: {each}")
        for editor in editors
        for each in editor.misanswered
    ]
    for editor in editors:
        assert editor.fold is not None
        if editor.fold.queue["items"] != truth:
            found.append(Violation("another order", f"editor {editor.number}"))
    return found + _check_items(editors, log, [item["id"] for item in truth])


def _check_items(
    editors: Sequence[Editor], log: Sequence[QueueLine], left: Sequence[str]
) -> list[Violation]:
    """What is left is what was added less what was taken out; each edit was made once."""
    found: list[Violation] = []
    there: Counter[str] = Counter()
    ever: set[str] = set()
    by_op: Counter[tuple[str, str]] = Counter()
    for line in log:
        if line.event == "item:added":
            ids = [item["id"] for item in line.data["items"]]
            there.update(ids)
            ever.update(ids)
            by_op[(line.op, line.event)] += 1
        elif line.event == "item:removed":
            there[line.data["item_id"]] -= 1
        elif line.event == "queue:cleared":
            there.clear()
    if dict(+there) != dict(Counter(left)) or any(count < 0 for count in there.values()):
        found.append(Violation("adds less removes", f"{len(+there)} and {len(left)}"))
    for op, event in (key for key, count in by_op.items() if count > 1):
        found.append(Violation("done twice", f"{op}: {event}"))
    asked = set().union(*(editor.asked for editor in editors))
    for op, _ in by_op:
        if op not in asked:
            found.append(Violation("nobody asked for it", op))
    for editor in editors:
        found += [
            Violation("acked and lost", f"editor {editor.number}: item {lost}")
            for lost in editor.added - ever
        ]
    return found
