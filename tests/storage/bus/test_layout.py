from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from storage.bus.layout import Layout, Slots
from storage.redis import Address

ONE, TWO, THREE = (Address("127.0.0.1", port) for port in (1, 2, 3))
WHOLE = Layout(slots=(Slots(0, 99, ONE), Slots(100, 9_999, TWO), Slots(10_000, 16_383, THREE)))


@given(st.binary(min_size=1, max_size=80))
def test_a_channel_is_on_the_server_that_holds_its_slot(channel: bytes) -> None:
    owner = WHOLE.owner(channel)

    assert owner is not None
    assert [s.owner for s in WHOLE.slots if s.first <= key_slot(channel) <= s.last] == [owner]


def test_one_server_carries_everything() -> None:
    layout = Layout(everywhere=ONE)

    assert layout.owner(b"veza:ch:room:1") == ONE
    assert layout.servers() == {ONE}
    assert layout.is_whole()
    assert not layout.sharded


def test_a_slot_that_nobody_holds_has_no_server() -> None:
    layout = Layout(slots=(Slots(0, 10, ONE), Slots(12, 16_383, TWO)))
    in_hole = next(name for n in range(10**6) if key_slot(name := b"%d" % n) == 11)

    assert layout.owner(in_hole) is None
    assert not layout.is_whole()
    assert WHOLE.is_whole()
    assert WHOLE.servers() == {ONE, TWO, THREE}


def test_before_the_first_look_nobody_carries_anything() -> None:
    assert Layout().owner(b"veza:ch:room:1") is None
    assert Layout().servers() == frozenset()
