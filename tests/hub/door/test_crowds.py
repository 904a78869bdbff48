"""So many sockets of one user, whichever nodes they are on."""

import asyncio
from contextlib import AsyncExitStack

from hypothesis import given
from hypothesis import strategies as st

from hub.door.crowds import Place, beyond, places_of
from hub.door.door import SOCKETS_PER_USER
from rooms.presence import Chosen, Device
from tests.eventually import eventually
from tests.hub.engine.wire import Wire, open_wire
from tests.hub.hostile.conftest import say_hello
from tests.nodes import OpenNode, People, RunningNode

PLACES = st.lists(
    st.builds(
        Place,
        since_ms=st.integers(0, 9),
        connection_id=st.text("abcdef", min_size=3, max_size=3),
        node=st.sampled_from("xyz"),
    ),
    unique=True,
)


@given(PLACES, st.integers(0, 9), st.randoms())
def test_every_node_finds_the_same_oldest(places: list[Place], most: int, random: object) -> None:
    shuffled = list(places)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    gone = beyond(places, most)
    assert gone == beyond(shuffled, most)
    kept = [place for place in places if place not in gone]
    assert len(kept) == min(most, len(places))
    assert all(old < new for old in gone for new in kept)


def test_who_is_about_to_leave_takes_no_place() -> None:
    def device(connection_id: str, node: str, expires_at_ms: int = 0) -> Device:
        return Device(
            "ada", connection_id, None, "web", False, False, Chosen(), 7, expires_at_ms, node
        )

    devices = [device("a", "here"), device("b", "there"), device("c", "there", 1_000)]
    assert places_of(devices, but="here") == [Place(7, "b", "there")]


async def test_the_oldest_goes_whichever_node_it_is_on(open_one: OpenNode, people: People) -> None:
    """40: 14 here and then 14 there are 20, the newest."""
    one, other = await open_one(limits=True), await open_one(limits=True)
    _, token = await people.sign_in("mallory")
    _, bobs = await people.sign_in("bob")
    async with AsyncExitStack() as stack:
        bob = await stack.enter_async_context(await _let_in(one, bobs))
        first = [await stack.enter_async_context(await _let_in(one, token)) for _ in range(14)]
        later = [await stack.enter_async_context(await _let_in(other, token)) for _ in range(14)]
        ends = [await wire.closed() for wire in first[:8]]
        assert {(end.code, end.reason) for end in ends} == {(4008, "too_many_sockets")}
        async with asyncio.timeout(5):
            while len(one.node.sessions) + len(other.node.sessions) != SOCKETS_PER_USER + 1:
                await asyncio.sleep(0)
        for wire in (*first[8:], *later, bob):
            await wire.still_there()

        back = [await stack.enter_async_context(await _let_in(one, token)) for _ in range(3)]
        ends = [await wire.closed() for wire in first[8:11]]
        assert {end.code for end in ends} == {4008}
        for wire in (*first[11:], *later, *back, bob):
            await wire.still_there()


async def test_sockets_that_are_gone_are_not_counted(open_one: OpenNode, people: People) -> None:
    one, other = await open_one(limits=True), await open_one(limits=True)
    _, token = await people.sign_in("mallory")
    _, bobs = await people.sign_in("bob")
    async with AsyncExitStack() as stack:
        first = [await stack.enter_async_context(await _let_in(one, token)) for _ in range(15)]
        for wire in first:
            wire.writer.close()
        await eventually(lambda: not len(one.node.sessions))
        later = [await stack.enter_async_context(await _let_in(other, token)) for _ in range(18)]

        # Those of another user who are too many are ended by the same look, or one after it.
        here = [await stack.enter_async_context(await _let_in(one, bobs)) for _ in range(11)]
        there = [await stack.enter_async_context(await _let_in(other, bobs)) for _ in range(11)]
        for wire in here[:2]:
            assert (await wire.closed()).reason == "too_many_sockets"
        for wire in (*later, *here[2:], *there):
            await wire.still_there()


async def _let_in(node: RunningNode, token: str) -> Wire:
    wire = await open_wire(int(node.url.rpartition(":")[2]))
    await say_hello(wire, token)
    return wire
