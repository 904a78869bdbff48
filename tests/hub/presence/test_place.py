"""One place, folded change by change, shows what a look at everything shows."""

from hypothesis import given
from hypothesis import strategies as st

from hub.presence.place import Counts, Place
from rooms.presence import MAX_LISTED, Chosen, Device, aggregate

NOW_MS = 1_764_000_000_000
LEASES = {"alive": NOW_MS + 5_000.0, "dead": NOW_MS - 1.0}

# Each made at a time of its own: which of two holds that were made at once is anybody's guess.
CHOICES = (
    Chosen(),
    Chosen("busy", chosen_at_ms=1),
    Chosen(invisible=True, chosen_at_ms=2),
    Chosen("busy", status_expires_at_ms=NOW_MS + 50, chosen_at_ms=3),
    Chosen("offline", chosen_at_ms=4),
)

devices = st.builds(
    Device,
    st.sampled_from(["uma", "vic", "wes"]),
    st.sampled_from("abcdef"),
    st.none(),
    st.just("web"),
    st.booleans(),
    st.booleans(),
    st.sampled_from(CHOICES),
    st.just(NOW_MS - 10),
    st.sampled_from([0, NOW_MS - 1, NOW_MS + 100]),
    st.sampled_from(["alive", "dead"]),
)
steps = st.lists(
    st.one_of(
        devices,
        st.sampled_from("abcdef"),
        st.lists(devices, max_size=4),
        st.just("refresh"),
    ),
    max_size=12,
)


@given(steps)
def test_folding_is_looking(steps: list[Device | str | list[Device]]) -> None:
    place, known = Place(), dict[str, Device]()
    watcher: dict[str, object] = {}
    for step in [*steps, "refresh"]:
        if isinstance(step, Device):
            place.put(step.connection_id, step)
            known[step.connection_id] = step
        elif isinstance(step, list):
            place.replace(step)
            known = {device.connection_id: device for device in step}
        elif step != "refresh":
            place.put(step, None)
            known.pop(step, None)
        else:
            change = place.refresh(NOW_MS, LEASES)
            if change is not None:
                watcher.update(change.upserts)
                for user_id in change.leaves:
                    del watcher[user_id]
            expected = aggregate(known.values(), NOW_MS, LEASES)
            assert place.view == expected
            assert watcher == expected


@given(st.lists(devices, max_size=8))
def test_when_time_changes_a_view_it_is_due_by_then(found: list[Device]) -> None:
    place = Place()
    place.replace(found)
    place.refresh(NOW_MS, LEASES)
    for later_ms in (NOW_MS + 50, NOW_MS + 100):
        if place.due_ms <= later_ms:
            place.touch_all()
            place.refresh(later_ms, LEASES)
        known = {device.connection_id: device for device in found}
        assert place.view == aggregate(known.values(), later_ms, LEASES)


def one(connection: str, user: str) -> Device:
    chosen = Chosen()
    return Device(user, connection, None, "web", False, False, chosen, NOW_MS, 0, "alive")


def test_what_is_said_while_redis_is_read_is_newer() -> None:
    place = Place()
    place.replace([one("a", "uma"), one("b", "vic")])
    read = place.begin_read()
    place.put("a", None)
    place.put("c", one("c", "wes"))
    place.end_read(read)
    place.replace([one("a", "uma"), one("b", "vic")], read)
    place.refresh(NOW_MS, LEASES)
    assert set(place.view) == {"vic", "wes"}
    assert place.loaded


def test_a_second_read_does_not_undo_what_was_said_during_the_first() -> None:
    """Several come to a room at once, each has it read: what Redis said first is no longer so."""
    place = Place()
    first = place.begin_read()
    place.put("a", one("a", "uma"))
    second = place.begin_read()
    for read, found in ((first, []), (second, [one("a", "uma")])):
        place.end_read(read)
        place.replace(found, read)
        place.refresh(NOW_MS, LEASES)
        assert set(place.view) == {"uma"}


def test_reads_may_end_in_any_order() -> None:
    place = Place()
    place.put("a", one("a", "uma"))
    first = place.begin_read()
    place.put("a", None)
    second = place.begin_read()
    for read, found in ((second, []), (first, [one("a", "uma")])):
        place.end_read(read)
        place.replace(found, read)
        place.refresh(NOW_MS, LEASES)
        assert set(place.view) == set()


def test_a_snapshot_is_encoded_once_until_something_changes() -> None:
    place = Place()
    place.put("a", Device("uma", "a", None, "web", False, False, Chosen(), NOW_MS, 0, "alive"))
    place.refresh(NOW_MS, LEASES)
    first, second = (place.snapshot(user, NOW_MS, LEASES) for user in ("uma", "vic"))
    assert (first.version, first.me, second.me) == (1, "uma", "vic")
    assert first.users is second.users
    place.put("a", None)
    place.refresh(NOW_MS, LEASES)
    assert bytes(place.snapshot("vic", NOW_MS, LEASES).users) == b"{}"


def test_a_large_place_is_counted_and_told_whole_when_it_is_small_again() -> None:
    def one(number: int, *, listening: bool) -> Device:
        user, connection = f"u{number}", f"c{number}"
        return Device(user, connection, None, "web", False, listening, Chosen(), NOW_MS, 0, "alive")

    place = Place()
    for number in range(MAX_LISTED + 1):
        place.put(f"c{number}", one(number, listening=number < 7))
    place.refresh(NOW_MS, LEASES)
    view = place.snapshot("u1", NOW_MS, LEASES)
    assert place.is_large
    assert (bytes(view.users), view.counts) == (b"{}", Counts(MAX_LISTED + 1, 7))
    place.put("c0", None)
    place.refresh(NOW_MS, LEASES)
    assert not place.is_large
    assert len(place.whole().upserts) == MAX_LISTED
    assert place.snapshot("u1", NOW_MS, LEASES).counts is None
