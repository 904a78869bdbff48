"""Many edit one queue through faults, and all end with the same one."""

import pytest

from tests.faults.queueing.trial import edit_through

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]


async def test_all_end_with_the_same_queue() -> None:
    done = await edit_through(1, editors=8, edits=60, fault_s=10)

    assert done.violations == {}, (done.examples, done.schedule)
    assert done.edits == 8 * 60
    assert done.answers["ok"] > 400
    assert done.hashes >= 10
    assert sum(done.faults.values()) >= 8


async def test_edits_that_are_made_twice_are_noticed() -> None:
    done = await edit_through(2, editors=8, edits=40, fault_s=6, mutant="no_idempotency")

    assert "done twice" in done.violations, done
