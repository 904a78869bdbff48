"""Whatever a node delivers to whom, the last offset a client has seen says where it stands."""

from collections import defaultdict
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.door.sessions import Session
from hub.engine import Handlers, Link
from hub.engine.peer import Peer
from hub.fanout.followed import Followed, Follower
from hub.recovery.offset import read_offset
from hub.recovery.stamps import MAX_BESIDE, Stamps
from rooms.access import Principal
from storage.log import Head
from storage.recoveries import Observation

STREAMS = [f"room:0192e4a0-0000-7000-8000-{number:012x}" for number in range(4)]
CLIENTS = 4


def new_session(number: int) -> Session:
    link = Link(cast(Peer, None), "/", cast(Handlers, None), str(number), None)
    principal = cast(Principal, None)
    return Session(str(number), link, principal, None, "test", 0)


class House:
    """A database, a node and its clients, as far as offsets go."""

    def __init__(self) -> None:
        self.followed: dict[str, Followed] = {}
        self.stamps = Stamps(self.followed)
        self.transaction = 100
        self.log: dict[str, list[int]] = {stream: [] for stream in STREAMS}
        """The transaction of each event; the first has seq 1."""
        self.clients = [new_session(number) for number in range(CLIENTS)]
        self.floors: dict[tuple[Session, str], int] = {}
        self.seen: dict[Session, dict[str, int]] = defaultdict(dict)
        self.offsets: dict[Session, str] = {}

    def join(self, client: Session, stream: str) -> None:
        followed = self.followed.get(stream)
        if followed is None:
            followed = self.followed[stream] = Followed(stream)
            followed.epoch = "e"
            followed.cursor = len(self.log[stream])
        if stream in client.streams:
            return
        followed.joining[client] = Follower()
        client.streams.add(stream)
        self.stamps.joined(followed, client)

    def go_live(self, client: Session, stream: str) -> None:
        followed = self.followed.get(stream)
        if followed is None or client not in followed.joining:
            return
        del followed.joining[client]
        followed.live.add(client)
        # The log is read after the socket has joined; the node may be behind it.
        self.floors[client, stream] = self.seen[client][stream] = len(self.log[stream])

    def leave(self, client: Session, stream: str) -> None:
        followed = self.followed.get(stream)
        client.streams.discard(stream)
        self.seen[client].pop(stream, None)
        if followed is not None:
            followed.live.discard(client)
            followed.joining.pop(client, None)
            if not followed.live and not followed.joining:
                del self.followed[stream]
                followed.cursor = None

    def commit(self, stream: str) -> None:
        self.transaction += 1
        self.log[stream].append(self.transaction)

    def deliver(self, stream: str) -> None:
        followed = self.followed.get(stream)
        if followed is None or followed.cursor is None:
            return
        if followed.cursor == len(self.log[stream]):
            return
        self.stamps.moved(followed)
        followed.cursor += 1
        offset = self.stamps.offset(followed, followed.cursor).decode()
        for client in followed.live:
            if followed.cursor <= self.seen[client][stream]:
                continue
            self.seen[client][stream] = followed.cursor
            self.offsets[client] = offset

    def observe(self) -> None:
        heads = {
            stream.partition(":")[2]: Head("e", len(events)) for stream, events in self.log.items()
        }
        snapshot = f"{self.transaction + 1}:{self.transaction + 1}:"
        self.stamps.observe(Observation(heads, "k3f9", snapshot))

    def stands(self, client: Session, stream: str) -> int:
        """As `storage.recoveries` finds out."""
        floor = self.floors[client, stream]
        if client not in self.offsets:
            return floor
        offset = read_offset(self.offsets[client])
        assert offset is not None
        tag = self.followed[stream].tag.decode()
        if tag in offset.seqs:
            return max(floor, offset.seqs[tag])
        if offset.snapshot is None:
            return floor
        xmin = int(offset.snapshot.partition(":")[0])
        return max(floor, sum(transaction < xmin for transaction in self.log[stream]))


STEPS = ("join", "live", "commit", "deliver") * 3 + ("leave", "deliver", "observe")
steps = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.integers(0, CLIENTS - 1),
        st.sampled_from(STREAMS),
    ),
    min_size=40,
    max_size=100,
)


@given(steps)
@settings(max_examples=100)
def test_the_last_offset_says_where_a_client_stands_in_each_stream(steps: list[Any]) -> None:
    house = House()
    for client, stream in zip(house.clients[1:], STREAMS, strict=False):
        for name in (STREAMS[0], stream):
            house.join(client, name)
            house.go_live(client, name)
    for what, number, stream in steps:
        client = house.clients[number]
        match what:
            case "join":
                house.join(client, stream)
            case "live":
                house.go_live(client, stream)
            case "leave":
                house.leave(client, stream)
            case "commit":
                house.commit(stream)
            case "deliver":
                house.deliver(stream)
            case "observe":
                house.observe()
        for one in house.clients:
            for name, seq in house.seen[one].items():
                assert house.stands(one, name) == seq


def crowd(streams: int) -> tuple[House, list[str]]:
    """One client in many streams, each of which has just moved."""
    house = House()
    names = [f"room:0192e4a0-0000-7000-8000-{number:012x}" for number in range(100, 100 + streams)]
    for name in names:
        house.log[name] = []
        house.join(house.clients[0], name)
        house.go_live(house.clients[0], name)
    house.observe()
    for name in names:
        house.commit(name)
        house.deliver(name)
    return house, names


def test_what_has_not_moved_since_the_snapshot_is_not_named() -> None:
    house, names = crowd(3)
    house.observe()
    house.commit(names[0])
    house.deliver(names[0])

    offset = read_offset(house.offsets[house.clients[0]])

    assert offset is not None
    assert list(offset.seqs.values()) == [2]


def test_too_many_streams_at_once_place_nobody_until_the_next_snapshot() -> None:
    house, names = crowd(MAX_BESIDE + 2)
    client = house.clients[0]
    assert house.offsets[client] == "!"
    assert house.stamps.crowded

    house.observe()
    house.commit(names[0])
    house.deliver(names[0])

    assert not house.stamps.crowded
    assert house.stands(client, names[1]) == house.seen[client][names[1]]


def test_after_a_crash_of_the_database_nobody_is_placed_until_its_life_has_a_name() -> None:
    house, names = crowd(1)
    house.stamps.observe(Observation({}, None, "3:3:"))
    house.commit(names[0])
    house.deliver(names[0])

    assert house.offsets[house.clients[0]] == "!"


def test_a_snapshot_too_long_to_name_leaves_the_one_before() -> None:
    house, names = crowd(2)
    client = house.clients[0]
    before = house.offsets[client].partition("~")[0]
    under_way = ",".join(str(house.transaction + 10 * number) for number in range(1, 60))
    house.stamps.observe(Observation({}, "k3f9", f"{house.transaction}:99999:{under_way}"))
    house.commit(names[0])
    house.deliver(names[0])

    assert house.offsets[client].partition("~")[0] == before
    assert house.stands(client, names[1]) == house.seen[client][names[1]]
