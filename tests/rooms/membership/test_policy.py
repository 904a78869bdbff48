"""A policy is changed field by field: what is left out stays."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert, to_builtins

from rooms.membership.policy import PolicyChanges, changed_policy
from rooms.room import Controls, Policy, SkipVotes

controls = st.sampled_from(["host", "dj", "all"])
policies = st.builds(
    Policy,
    controls=st.builds(Controls, *[controls] * 5),
    wait=st.sampled_from(["never", "majority", "all"]),
    wait_deadline_ms=st.integers(0, 60_000),
    on_host_lost=st.sampled_from(["promote_dj", "promote_oldest", "pause", "continue"]),
    skip_votes=st.builds(SkipVotes, st.floats(0, 1), st.integers(0, 100)),
    auditorium_from=st.integers(1, 200),
)


def changes(**given: Any) -> PolicyChanges:
    return convert(given, PolicyChanges)


def test_one_control_changes_nothing_else() -> None:
    careful = Policy(controls=Controls(queue_add="dj"), wait="all", skip_votes=SkipVotes(0.75, 3))
    opened = changed_policy(careful, changes(controls={"play": "all"}))
    assert opened == Policy(
        controls=Controls(play="all", queue_add="dj"), wait="all", skip_votes=SkipVotes(0.75, 3)
    )
    assert changed_policy(careful, changes(skip_votes={"min": 1})).skip_votes == SkipVotes(0.75, 1)
    assert changed_policy(careful, changes(wait=None)) == careful
    assert changed_policy(careful, None) is careful


@given(policies, policies)
def test_a_whole_policy_takes_the_place_of_the_old_one(old: Policy, new: Policy) -> None:
    assert changed_policy(old, changes(**to_builtins(new))) == new


@pytest.mark.parametrize(
    "given",
    [
        {"skip_votes": {"ratio": 1.5}},
        {"skip_votes": {"ratio": -0.1}},
        {"skip_votes": {"min": -1}},
        {"wait_deadline_ms": 60_001},
        {"wait_deadline_ms": -1},
        {"host_grace_ms": -1},
        {"auditorium_from": 201},
        {"wait": "perhaps"},
        {"controls": {"play": "nobody"}},
    ],
)
def test_what_would_hold_everybody_up_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        changes(**given)
