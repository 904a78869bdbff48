"""The gate: a whole hub of real processes under faults from a seed keeps its promises, and each
promise has a checker that notices a hub that does not (mutants).

A failure prints its schedule; `python -m tests.faults --schedule FILE` runs that once more.
"""

import pytest

from tests.faults.harness.schedule import as_lines
from tests.faults.harness.slow import check_slow, measure_slow
from tests.faults.harness.trial import Verdict, run_trial

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

# Without it the WAL writer makes good within 200 ms what an asynchronous commit has left undone.
SLEEPY_WAL = {"wal_writer_delay": "10s"}


def told(verdict: Verdict) -> str:
    """What a person needs to see of a trial that failed."""
    return "\n".join([str(verdict.violations), *verdict.examples, as_lines(verdict.schedule)])


@pytest.mark.parametrize(
    ("profile", "seed", "seconds"),
    [("all", 1, 30), ("presence", 2, 20), ("drain", 3, 6)],
)
async def test_every_promise_is_kept(profile: str, seed: int, seconds: int) -> None:
    verdict = await run_trial(profile, seed, seconds)

    assert verdict.violations == {}, told(verdict)
    assert verdict.figures.acked > 200
    assert sum(verdict.faults.values()) >= 1


@pytest.mark.parametrize(
    ("mutant", "profile", "seconds", "noticed"),
    [
        ("no_idempotency", "all", 6, {"twice in the log"}),
        ("sequence_instead_of_row_lock", "all", 6, {"hole in the log"}),
        ("asynchronous_commit", "postgres", 12, {"acked and lost"}),
        ("local_delivery_first", "all", 6, {"heard with a gap", "heard twice or late"}),
        ("no_poll", "all", 6, {"never shown"}),
        ("presence_without_expiry", "presence", 20, {"shown and gone"}),
        ("drain_without_wait", "drain", 6, {"unanswered at a drain"}),
    ],
)
async def test_a_broken_hub_is_noticed(
    mutant: str, profile: str, seconds: int, noticed: set[str]
) -> None:
    # A seed may spare a mutant: nobody may be away for long enough when a node dies, say.
    for seed in (3, 2, 1):
        verdict = await run_trial(
            profile, seed, seconds, mutant=mutant, postgres_settings=SLEEPY_WAL
        )
        if noticed & verdict.violations.keys():
            return
    pytest.fail(told(verdict))


async def test_who_does_not_read_is_cut_and_costs_little() -> None:
    measured = await measure_slow(readers=60, seconds=10)

    assert check_slow(measured) == [], measured
    assert measured.bytes_each > 2 * 2**20


async def test_a_queue_without_bound_is_noticed() -> None:
    measured = await measure_slow(readers=60, seconds=10, mutant="unbounded_queue")

    assert check_slow(measured) != [], measured
