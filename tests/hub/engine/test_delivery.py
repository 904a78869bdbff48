"""Everybody hears what he should, once, in the order it was sent."""

import asyncio
from typing import cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.engine import Handlers, Link, event
from hub.engine.delivery import SLICE, TURN, Delivery
from hub.engine.encoded import EncodedEvent
from hub.engine.peer import Peer
from tests.hub.engine.conftest import Hub


class Ear:
    """A member that writes down what is written to it."""

    def __init__(self, delivery: Delivery, *, fast: bool = True) -> None:
        self.delivery = delivery
        self.writes: list[bytes] = []
        self.session = self
        self.broken = False
        handlers = cast(Handlers, None)
        self.link = Link(cast(Peer, self), "/", handlers, "sid", None)
        self.link.held = None
        self.link.writer = self if fast else None

    @property
    def socket(self) -> "Ear":
        """As `WebSocket.socket`."""
        return self

    def send(self, data: bytes, /) -> int:
        """As `socket.send`."""
        if self.broken:
            raise BrokenPipeError
        self.writes.append(data)
        return len(data)

    def finish(self, data: bytes, sent: int) -> None:
        """As `WebSocket.finish` of a transport that is closed."""
        self.end("transport close")

    def take(self, sent: EncodedEvent) -> None:
        """As `Session.take` for a member that is not fast."""
        self.writes.append(sent.frame)

    def end(self, reason: str) -> None:
        """As `Session.end`."""
        self.link.closed = True
        self.delivery.forget(self.link)

    @property
    def heard(self) -> list[int]:
        data = b"".join(self.writes)
        return [int(piece.split(b"]")[0]) for piece in data.split(b'42["n",')[1:]]


def number(n: int) -> EncodedEvent:
    return event("n", n)


async def test_what_is_sent_in_one_tick_is_one_write() -> None:
    delivery = Delivery()
    ears = [Ear(delivery) for _ in range(3)]
    for ear in ears:
        delivery.join(ear.link, "a")

    for n in range(5):
        delivery.broadcast("a", number(n))
    await asyncio.sleep(0)

    for ear in ears:
        assert len(ear.writes) == 1
        assert ear.heard == [0, 1, 2, 3, 4]
    assert ears[0].writes[0] is ears[1].writes[0]


async def test_a_member_of_two_rooms_hears_both_in_the_order_sent() -> None:
    delivery = Delivery()
    both, one, slow = Ear(delivery), Ear(delivery), Ear(delivery, fast=False)
    for ear in (both, slow):
        delivery.join(ear.link, "a")
        delivery.join(ear.link, "b")
    delivery.join(one.link, "b")

    for n in range(6):
        delivery.broadcast("ab"[n % 2], number(n))
    delivery.send(both.link, number(6))
    await asyncio.sleep(0)

    assert both.heard == [0, 1, 2, 3, 4, 5, 6]
    assert len(both.writes) == 1
    assert one.heard == [1, 3, 5]
    assert slow.heard == [0, 1, 2, 3, 4, 5]


async def test_who_joins_or_leaves_in_a_tick_hears_what_was_sent_while_he_was_in() -> None:
    delivery = Delivery()
    leaver, joiner, stayer = Ear(delivery), Ear(delivery), Ear(delivery)
    delivery.join(leaver.link, "a")
    delivery.join(stayer.link, "a")

    delivery.broadcast("a", number(1))
    delivery.leave(leaver.link, "a")
    delivery.join(joiner.link, "a")
    delivery.broadcast("a", number(2))
    await asyncio.sleep(0)

    assert (leaver.heard, joiner.heard, stayer.heard) == ([1], [2], [1, 2])


async def test_a_dead_member_costs_the_others_nothing() -> None:
    delivery = Delivery()
    ears = [Ear(delivery) for _ in range(10)]
    for ear in ears:
        delivery.join(ear.link, "a")
    ears[4].broken = True

    delivery.broadcast("a", number(1))
    await asyncio.sleep(0)

    assert [ear.heard for ear in ears] == [[1]] * 4 + [[]] + [[1]] * 5
    assert len(delivery.members("a")) == 9


async def test_rooms_without_members_are_forgotten() -> None:
    delivery = Delivery()
    ear = Ear(delivery)
    delivery.join(ear.link, "a")
    delivery.join(ear.link, "b")

    delivery.leave(ear.link, "a")
    delivery.forget(ear.link)

    assert delivery._rooms == {}
    assert ear.link.rooms == set()


async def test_a_large_room_does_not_keep_a_small_one_waiting() -> None:
    delivery = Delivery()
    crowd = [Ear(delivery) for _ in range(3 * SLICE)]
    for ear in crowd:
        delivery.join(ear.link, "large")
    guest, last = Ear(delivery), crowd[-1]
    for member in (guest, last):
        delivery.join(member.link, "small")

    delivery.broadcast("large", number(1))
    await asyncio.sleep(0)
    assert sum(bool(ear.writes) for ear in crowd) == TURN
    delivery.broadcast("small", number(2))
    await asyncio.sleep(0)

    assert guest.heard == [2]
    assert last.heard == [1, 2]
    delivery.broadcast("large", number(3))
    for _ in range(4 * SLICE // TURN):
        await asyncio.sleep(0)
    assert last.heard == [1, 2, 3]
    assert all(ear.heard == [1, 3] for ear in crowd[:-1])


async def test_the_late_hear_all_even_when_they_become_slow_or_die() -> None:
    delivery = Delivery()
    crowd = [Ear(delivery) for _ in range(2 * SLICE)]
    for ear in crowd:
        delivery.join(ear.link, "large")
    congested, dead = crowd[-1], crowd[-2]

    delivery.broadcast("large", number(1))
    await asyncio.sleep(0)
    delivery.set_writer(congested.link, None)
    dead.end("gone")
    delivery.broadcast("large", number(2))
    for _ in range(4 * SLICE // TURN):
        await asyncio.sleep(0)

    assert congested.heard == [1, 2]
    assert dead.heard == []
    assert crowd[0].heard == [1, 2]


Step = tuple[str, int, str]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "say", "say", "say", "tell", "skip", "slow", "tick"]),
        st.integers(min_value=0, max_value=5),
        st.sampled_from("abc"),
    ),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_interleaving_keeps_the_order_of_every_member(steps: list[Step]) -> None:
    with asyncio.Runner() as runner:
        expected, heard = runner.run(_play(steps))

    assert heard == expected


async def _play(steps: list[Step]) -> tuple[list[list[int]], list[list[int]]]:
    delivery = Delivery()
    ears = [Ear(delivery) for _ in range(6)]
    rooms: dict[str, set[int]] = {"a": set(), "b": set(), "c": set()}
    expected: list[list[int]] = [[] for _ in ears]
    for n, (what, who, where) in enumerate(steps):
        link = ears[who].link
        if what == "join":
            delivery.join(link, where)
            rooms[where].add(who)
        elif what == "leave":
            delivery.leave(link, where)
            rooms[where].discard(who)
        elif what == "tell":
            delivery.send(link, number(n))
            expected[who].append(n)
        elif what in ("say", "skip"):
            skip = (link,) if what == "skip" else ()
            delivery.broadcast(where, number(n), skip)
            for member in rooms[where] - ({who} if skip else set()):
                expected[member].append(n)
        elif what == "slow":
            delivery.flush()
            fast = link.writer is None
            delivery.set_writer(link, ears[who] if fast else None)
        else:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    return expected, [ear.heard for ear in ears]


async def test_one_order_for_everybody_over_real_sockets(hub: Hub) -> None:
    wires = [await hub.wire() for _ in range(5)]
    for wire in wires[:3]:
        wire.emit("join", "side", ack_id=0)
        await wire.ack(0)

    for turn in range(50):
        for n, wire in enumerate(wires):
            wire.emit("publish", "side" if (turn + n) % 3 == 0 else "all", f"{n}.{turn}")
    total = 50 * len(wires)
    heard = [[(await wire.event())[1] for _ in range(total)] for wire in wires[:3]]

    assert heard[0] == heard[1] == heard[2]
    assert len(set(heard[0])) == total
    for n in range(5):
        own = [int(m.split(".")[1]) for m in heard[0] if m.startswith(f"{n}.")]
        assert own == list(range(50))
    for wire in wires:
        wire.writer.close()


async def test_half_the_room_dies_in_the_middle_of_a_stream(hub: Hub) -> None:
    wires = [await hub.wire() for _ in range(40)]

    for n in range(100):
        hub.engine.broadcast("all", number(n))
        if n == 50:
            for wire in wires[:20]:
                wire.writer.transport.abort()
        await asyncio.sleep(0)

    for wire in wires[20:]:
        assert [(await wire.event())[1] for _ in range(100)] == list(range(100))
        wire.writer.close()
