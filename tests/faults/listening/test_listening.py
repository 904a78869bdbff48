"""A node's death disturbs nobody's sound, and who drove before does not drive any more."""

import pytest

from tests.faults.listening.trial import check_listening, measure_listening

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]


async def test_nobody_hears_a_node_die_and_a_stale_host_is_refused() -> None:
    measured = await measure_listening(kills=1, freezes=1)

    assert check_listening(measured) == [], measured
    assert (measured.kills, measured.stale_refused) == (1, 1)
    assert measured.step.count == 12


async def test_a_hub_that_obeys_a_stale_host_is_noticed() -> None:
    measured = await measure_listening(kills=0, freezes=1, mutant="host_not_fenced")

    assert [each.what for each in check_listening(measured)] == ["a stale host is obeyed"]
