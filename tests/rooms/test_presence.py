from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.presence import (
    Activity,
    Chosen,
    Device,
    DeviceView,
    Diff,
    Present,
    Status,
    aggregate,
    changed,
    diff,
    listening,
    present,
)

NOW_MS = 1_764_000_000_000
ONLINE = Chosen()


def device(
    connection: str = "c1",
    user: str = "uma",
    *,
    device_id: str | None = None,
    idle: bool = False,
    hears: bool = False,
    chosen: Chosen = ONLINE,
    seen_ms: int = NOW_MS - 1_000,
    expires_ms: int = NOW_MS + 5_000,
) -> Device:
    return Device(
        user_id=user,
        connection_id=connection,
        device_id=device_id or f"device of {connection}",
        kind="web",
        idle=idle,
        listening=hears,
        chosen=chosen,
        seen_at_ms=seen_ms,
        expires_at_ms=expires_ms,
    )


def shown(*devices: Device) -> Present:
    found = present(list(devices), NOW_MS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("idle", "chosen", "status"),
    [
        ([False], "online", "online"),
        ([True, False], "online", "online"),
        ([True, True], "online", "away"),
        ([False], "away", "away"),
        ([False], "busy", "busy"),
        ([True], "busy", "busy"),
    ],
)
def test_a_user_is_what_his_devices_add_up_to(
    idle: list[bool], chosen: Status, status: Status
) -> None:
    devices = [device(f"c{n}", idle=i, chosen=Chosen(chosen)) for n, i in enumerate(idle)]
    assert shown(*devices).status == status


@pytest.mark.parametrize("chosen", [Chosen(invisible=True), Chosen("offline")])
def test_who_hides_is_in_no_view_and_counts_nowhere(chosen: Chosen) -> None:
    devices = [device(chosen=chosen, hears=True)]
    assert aggregate(devices, NOW_MS) == {}
    assert listening(devices, aggregate(devices, NOW_MS), NOW_MS) == 0


def test_the_newest_choice_holds_on_devices_that_have_not_heard_of_it() -> None:
    old = device("c1", chosen=Chosen(chosen_at_ms=1), seen_ms=NOW_MS, hears=True)
    new = device("c2", chosen=Chosen(invisible=True, chosen_at_ms=2), seen_ms=NOW_MS - 9_000)
    assert aggregate([old, new], NOW_MS) == {}
    assert listening([old, new], aggregate([old, new], NOW_MS), NOW_MS) == 0


def test_a_device_whose_time_has_run_out_is_gone() -> None:
    assert aggregate([device(expires_ms=NOW_MS)], NOW_MS) == {}
    alive = aggregate([device("c1", expires_ms=NOW_MS), device("c2", idle=True)], NOW_MS)
    assert alive["uma"].status == "away"


def test_a_status_ends_with_its_message_and_hiding_does_not() -> None:
    chosen = Chosen("busy", status_message="on stage", status_expires_at_ms=NOW_MS + 1)
    before = shown(device(chosen=chosen))
    assert (before.status, before.status_message) == ("busy", "on stage")
    ended = replace(chosen, status_expires_at_ms=NOW_MS)
    after = shown(device(chosen=ended))
    assert (after.status, after.status_message) == ("online", None)
    assert present([device(chosen=replace(ended, invisible=True))], NOW_MS) is None


def test_a_change_keeps_the_rest_but_not_what_has_ended() -> None:
    busy = Chosen("busy", True, "mixing", NOW_MS + 1, chosen_at_ms=NOW_MS + 5)
    away = changed(busy, {"status": "away"}, NOW_MS)
    assert away == replace(busy, status="away", chosen_at_ms=NOW_MS + 6)
    later = changed(busy, {"activity": Activity("track")}, NOW_MS + 10)
    assert later == Chosen("online", True, activity=Activity("track"), chosen_at_ms=NOW_MS + 10)
    assert changed(later, {"status": "busy"}, NOW_MS + 20).status_expires_at_ms is None
    hiding = Chosen("offline", status_expires_at_ms=1)
    assert changed(hiding, {"status_message": "x"}, NOW_MS).status == "offline"


def test_tabs_of_one_device_are_one_entry_idle_when_all_are() -> None:
    tabs = [device("c1", device_id="d", idle=True), device("c2", device_id="d")]
    assert shown(*tabs).devices == (DeviceView("d", "web", False),)
    idle = [device("c1", device_id="d", idle=True), device("c2", device_id="d", idle=True)]
    assert shown(*idle).devices == (DeviceView("d", "web", True),)


def test_a_device_that_comes_back_is_of_the_kind_it_says_now() -> None:
    gone = replace(device("c1", device_id="d"), kind="speaker", node="n")
    back = replace(device("c2", device_id="d", expires_ms=0), kind="tv", node="n")
    view = present([gone, back], NOW_MS)
    assert view is not None
    assert [one.kind for one in view.devices] == ["tv"]


def test_activity_and_time_are_shown() -> None:
    chosen = Chosen(activity=Activity("track", track_title="Song"))
    found = shown(device("c1", seen_ms=NOW_MS - 60_000), device("c2", chosen=chosen))
    assert found.last_seen_at == "2025-11-24T15:59:59.000Z"
    assert shown(device(chosen=chosen)).activity == Activity("track", track_title="Song")


def test_listeners_are_counted_once() -> None:
    devices = [
        device("c1", hears=True),
        device("c2", hears=True),
        device("c3", user="vic"),
        device("c4", user="wes", hears=True, expires_ms=NOW_MS - 1),
    ]
    assert listening(devices, aggregate(devices, NOW_MS), NOW_MS) == 1


def test_a_device_without_a_time_of_its_own_lives_as_long_as_its_node() -> None:
    one = replace(device(expires_ms=0), node="n1")
    assert aggregate([one], NOW_MS, {"n1": NOW_MS + 1}) != {}
    assert aggregate([one], NOW_MS, {"n1": NOW_MS}) == {}
    assert aggregate([one], NOW_MS, {"n2": NOW_MS + 1}) == {}


def test_users_that_are_not_named_stay_as_they_are() -> None:
    view = aggregate([device(), device("c2", user="vic")], NOW_MS)
    assert diff(view, {"uma": None}, 3) == Diff(3, {}, ("uma",))
    assert diff(view, {"wes": None}, 3) is None


def test_nothing_changed_is_no_diff() -> None:
    view = aggregate([device()], NOW_MS)
    assert diff(view, dict(view), 7) is None


device_lists = st.lists(
    st.builds(
        device,
        st.sampled_from("abcdef"),
        st.sampled_from(["uma", "vic", "wes"]),
        idle=st.booleans(),
        chosen=st.builds(
            Chosen,
            st.sampled_from(["online", "away", "busy", "offline"]),
            invisible=st.booleans(),
            chosen_at_ms=st.integers(0, 3),
        ),
        expires_ms=st.sampled_from([NOW_MS - 1, NOW_MS + 1]),
    ),
    max_size=8,
)


def fold(view: Mapping[str, Present], after: Mapping[str, Present]) -> dict[str, Present]:
    """What a watcher has after the diff between two views."""
    change = diff(view, dict.fromkeys(view) | dict(after), 1)
    if change is None:
        return dict(view)
    kept = {user: entry for user, entry in view.items() if user not in change.leaves}
    return {**kept, **change.upserts}


@given(device_lists, device_lists)
def test_a_watcher_who_folds_diffs_sees_the_view(before: list[Device], after: list[Device]) -> None:
    old, new = aggregate(before, NOW_MS), aggregate(after, NOW_MS)
    assert fold(old, new) == new


@given(device_lists)
def test_nobody_is_shown_whose_newest_choice_is_to_hide(devices: list[Device]) -> None:
    for user in aggregate(devices, NOW_MS):
        alive = [d for d in devices if d.user_id == user and d.expires_at_ms > NOW_MS]
        newest_ms = max(d.chosen.chosen_at_ms for d in alive)
        newest = [d.chosen for d in alive if d.chosen.chosen_at_ms == newest_ms]
        assert not all(c.invisible or c.status == "offline" for c in newest)
