import pytest

from rooms.revisions import RevMismatch, check_rev


@pytest.mark.parametrize("if_rev", [None, 7])
def test_a_change_for_any_or_for_this_revision_passes(if_rev: int | None) -> None:
    check_rev(if_rev, 7)


@pytest.mark.parametrize("if_rev", [0, 6, 8])
def test_a_change_for_another_revision_is_refused(if_rev: int) -> None:
    with pytest.raises(RevMismatch, match="it is 7 by now") as caught:
        check_rev(if_rev, 7)
    assert (caught.value.code, caught.value.status) == ("REV_MISMATCH", 409)
