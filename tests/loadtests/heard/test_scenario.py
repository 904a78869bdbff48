"""The plan of a run."""

from loadtests.heard.scenario import plan


def test_a_minute_has_everything_once_and_a_calm_end() -> None:
    assert [deed.what for deed in plan(60)] == ["join", "pause", "resume", "seek"]
    assert plan(60)[-1].at_s <= 50


def test_five_minutes_have_it_five_times_in_order() -> None:
    deeds = plan(300)
    assert [deed.what for deed in deeds].count("join") == 5
    assert [deed.at_s for deed in deeds] == sorted(deed.at_s for deed in deeds)
