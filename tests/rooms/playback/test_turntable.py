"""Queue and playback together: hand-made cases, then a machine that does anything in any order."""

from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from msgspec import convert
from msgspec.structs import replace

from rooms.errors import HubError
from rooms.playback.state import START_LEAD_MS, line_of
from rooms.playback.timeline import position_at
from rooms.playback.timers import PREPARE_MS, end_ms
from rooms.playback.turntable import following, upcoming
from rooms.queue.items import MAX_HISTORY
from rooms.queue.order import arrange
from rooms.queue.rank import MAX_DIGITS
from rooms.room import Policy
from tests.rooms.fold import Fold
from tests.rooms.party import (
    GUEST,
    HOST,
    LENGTH_MS,
    MEMBER,
    MODERATOR,
    NOW_MS,
    OTHER,
    ROOM_ID,
    SYSTEM,
    TRACKS,
    UPLOAD,
    Party,
    uid,
)

PLAYLIST = uid(77)
AUTOPLAY = ("off", "similar")
USERS = (HOST, MODERATOR, MEMBER, OTHER, GUEST)


def test_what_follows_depends_on_repeat() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    party.do("playback:play")
    expected = {"off": b, "all": b, "one": a}
    for repeat, item_id in expected.items():
        found = following(replace(party.queue, repeat=repeat))
        assert found is not None
        assert found.id == item_id


def test_the_last_item_is_followed_by_itself_or_nothing() -> None:
    party = Party()
    (a,) = party.add(TRACKS[0])
    party.do("playback:play")
    party.add(UPLOAD)
    assert following(party.queue) is None
    assert upcoming(party.queue) is None
    again = following(replace(party.queue, repeat="all"))
    assert again is not None
    assert again.id == a


def test_playback_tells_first_of_the_queue_then_of_itself_then_of_what_comes() -> None:
    party = Party()
    party.cards[TRACKS[0]] = replace(party.cards[TRACKS[0]], duration_ms=5_000)
    party.add(*TRACKS[:2])
    party.do("playback:play")
    assert party.events()[-3:] == ["queue:advanced", "playback:changed", "playback:prepared"]
    assert "playback.prepare" not in party.timers


def test_timers_stand_at_the_end_and_ten_seconds_before() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play", rate=2.0)
    end = NOW_MS + START_LEAD_MS + LENGTH_MS // 2
    assert {key: timer.at_ms for key, timer in party.timers.items()} == {
        "playback.end": end,
        "playback.prepare": end - PREPARE_MS,
    }


def test_edits_of_the_queue_leave_timers_and_transport_alone() -> None:
    party = Party()
    party.add(*TRACKS[:2])
    party.do("playback:play")
    timers, rev = dict(party.timers), party.playback.rev
    party.add(TRACKS[2])
    party.do("queue:update", repeat="all")
    assert (party.timers, party.playback.rev) == (timers, rev)


def test_a_session_goes_on_for_hours_without_anybody() -> None:
    party = Party()
    party.add(*TRACKS)
    party.do("queue:update", repeat="all")
    start = party.do("playback:play")
    party.pass_ms(10 * 3_600_000)
    assert party.playback.status == "playing"
    assert (party.playback.at_ms - start["at_ms"]) % LENGTH_MS == 0
    assert len(party.queue.items) == len(TRACKS)


CONTINUOUS = {
    "playback:play",
    "playback:pause",
    "playback:set_rate",
    "playback:ready",
    "playback:buffering",
    "playback:deadline",
    "host:transfer",
    "host:claim",
}
"""Commands that never move the position, unless they name one or start another item."""

users = st.sampled_from(USERS)
actors = st.sampled_from([None, None, None, None, *USERS])
"""Who asks: mostly whoever is the host then."""
positions = st.floats(-10, LENGTH_MS + 100, allow_nan=False)
controls = st.sampled_from(["all", "all", "dj", "host"])
policies = st.builds(
    lambda play, seek, skip, add, reorder, wait: convert(
        {
            "controls": {
                "play": play,
                "seek": seek,
                "skip": skip,
                "queue_add": add,
                "queue_reorder": reorder,
            },
            "wait": wait,
        },
        Policy,
    ),
    controls,
    controls,
    controls,
    controls,
    controls,
    st.sampled_from(["never", "never", "majority", "all"]),
)


class RoomMachine(RuleBasedStateMachine):
    """Anybody does anything, time passes, timers fire; the room's promises hold all the time."""

    items = Bundle("items")
    suggestions = Bundle("suggestions")

    def __init__(self) -> None:
        super().__init__()
        self.party = Party()
        self.folds: list[Fold] = []
        self.heard = 0
        self.alive: set[str] = set()
        """Ids that were added and not removed."""
        self.line = line_of(self.party.playback)
        self.item_id: str | None = None

    @initialize(
        target=items,
        policy=policies,
        here=st.sets(users),
        tracks=st.integers(0, 5),
        order=st.sampled_from(["manual", "votes", "fair"]),
    )
    def enter(self, policy: Policy, here: set[str], tracks: int, order: str) -> Any:
        self.party = Party(policy, tuple(sorted(here)))
        self.folds = [Fold(self.party.snapshot())]
        self.line = line_of(self.party.playback)
        data = self.ask("item:add", None, track_ids=list(TRACKS[: tracks + 1]))
        self.ask("queue:update", None, order=order)
        if tracks:
            self.ask("playback:play", None)
        return multiple(*(item["id"] for item in data["items"]))

    def ask(self, command: str, by: str | None, **payload: Any) -> Any:
        """A command that may be refused, which then changes nothing; by the host if by nobody."""
        by = by or self.party.playback.host_id or HOST
        before = (self.party.queue, self.party.playback, len(self.party.log))
        try:
            data = self.party.do(command, by, **payload)
        except HubError as error:
            self.refused(before, error)
            data = None
        self.hear(command, payload)
        return data

    def refused(self, before: tuple[Any, ...], error: HubError) -> None:
        assert (self.party.queue, self.party.playback, len(self.party.log)) == before
        assert error.status in (400, 403, 404, 409, 422)

    def hear(self, command: str, payload: dict[str, Any]) -> None:
        """Every client takes the new events; a listener checks what he would have heard."""
        for _, name, data in self.party.log[self.heard :]:
            for client in self.folds:
                client.hear(name, data)
            self.count(name, data)
            if name == "playback:changed":
                self.listen(command, payload, data)
        self.heard = len(self.party.log)

    def count(self, name: str, data: dict[str, Any]) -> None:
        if name == "item:added":
            ids = [item["id"] for item in data["items"]]
            assert self.alive.isdisjoint(ids)
            self.alive.update(ids)
        elif name == "item:removed":
            self.alive.remove(data["item_id"])
        elif name == "queue:cleared":
            self.alive &= {item.id for item in self.party.queue.history} | set(self.party.order())

    def listen(self, command: str, payload: dict[str, Any], data: dict[str, Any]) -> None:
        new, old = line_of(self.party.playback), self.line
        at_ms = data["effective_at_ms"]
        assert at_ms == data["at_ms"] >= old.at_ms, "a change overtook the one before it"
        same_item = self.item_id == data["item_id"]
        if command in CONTINUOUS and "position_ms" not in payload and same_item:
            step_ms = position_at(new, at_ms) - position_at(old, at_ms)
            assert 0 <= step_ms < 1, f"{command} moved a listener by {step_ms} ms"
        self.line, self.item_id = new, data["item_id"]

    # ------------------------------------------------------------ queue

    @rule(
        target=items,
        by=actors,
        tracks=st.lists(st.sampled_from([*TRACKS[:6], UPLOAD]), min_size=1, max_size=4),
        place=st.sampled_from(["next", "last"]),
    )
    def add(self, by: str | None, tracks: list[str], place: str) -> Any:
        data = self.ask("item:add", by, track_ids=tracks, place=place)
        return multiple(*(item["id"] for item in data["items"])) if data else multiple()

    @rule(target=items, by=actors, track=st.sampled_from(TRACKS[:6]), anchor=items)
    def add_after(self, by: str | None, track: str, anchor: str) -> Any:
        data = self.ask("item:add", by, track_ids=[track], place={"after_id": anchor})
        return data["items"][0]["id"] if data else multiple()

    @rule(by=actors, item=items, anchor=items, side=st.sampled_from(["before_id", "after_id"]))
    def move(self, by: str | None, item: str, anchor: str, side: str) -> None:
        self.ask("item:move", by, item_id=item, **{side: anchor})

    @rule(by=actors, item=consumes(items))
    def remove(self, by: str | None, item: str) -> None:
        self.ask("item:remove", by, item_id=item)

    @rule(by=actors, item=items, value=st.sampled_from([-1, 0, 1]))
    def vote(self, by: str | None, item: str, value: int) -> None:
        self.ask("item:vote", by, item_id=item, value=value)

    @rule(by=actors)
    def vote_skip(self, by: str | None) -> None:
        self.ask("skip:vote", by, item_id=self.party.playback.item_id or uid(1))

    @rule(
        by=actors,
        repeat=st.sampled_from(["off", "one", "all"]),
        shuffle=st.none() | st.booleans(),
        order=st.none() | st.sampled_from(["manual", "votes", "fair"]),
    )
    def update(self, by: str | None, repeat: str, shuffle: bool | None, order: str | None) -> None:
        self.ask("queue:update", by, repeat=repeat, shuffle=shuffle, order=order)

    @rule(by=actors, playlist=st.sampled_from([None, PLAYLIST]), autoplay=st.sampled_from(AUTOPLAY))
    def go_on(self, by: str | None, playlist: str | None, autoplay: str) -> None:
        self.ask("queue:update", by, fallback_playlist_id=playlist, autoplay=autoplay)

    @rule(by=actors)
    def undo(self, by: str | None) -> None:
        self.ask("queue:undo", by)

    @rule(target=suggestions, by=actors, track=st.sampled_from([*TRACKS[:6], UPLOAD]))
    def suggest(self, by: str | None, track: str) -> Any:
        data = self.ask("item:suggest", by, track_id=track)
        return data["suggestion"]["id"] if data else multiple()

    @rule(by=actors, suggestion=suggestions, answer=st.sampled_from(["approve", "reject"]))
    def resolve(self, by: str | None, suggestion: str, answer: str) -> None:
        self.ask(f"suggestion:{answer}", by, suggestion_id=suggestion)

    @rule(by=actors, command=st.sampled_from(["queue:lock", "queue:unlock", "queue:clear"]))
    def lock_or_clear(self, by: str | None, command: str) -> None:
        self.ask(command, by)

    @rule(done=st.booleans(), track=st.sampled_from([UPLOAD, UPLOAD, TRACKS[0]]))
    def process(self, done: bool, track: str) -> None:
        payload: dict[str, Any] = {"room_id": ROOM_ID, "track_id": track}
        if done:
            payload |= {"title": "Done", "duration_ms": LENGTH_MS}
        command = "item:ready" if done else "item:failed"
        self.party.submit(command, payload, SYSTEM)
        self.hear(command, payload)

    # ------------------------------------------------------------ playback

    @rule(by=actors, item=st.none() | items)
    def play(self, by: str | None, item: str | None) -> None:
        self.ask("playback:play", by, **({} if item is None else {"item_id": item}))

    @rule(by=actors)
    def pause(self, by: str | None) -> None:
        self.ask("playback:pause", by)

    @rule(by=actors, position_ms=positions, command=st.sampled_from(["seek", "play", "pause"]))
    def seek(self, by: str | None, position_ms: float, command: str) -> None:
        if position_ms >= 0:
            self.ask(f"playback:{command}", by, position_ms=position_ms)

    @rule(by=actors, command=st.sampled_from(["playback:next", "playback:previous"]))
    def step_on(self, by: str | None, command: str) -> None:
        self.ask(command, by)

    @rule(by=actors, rate=st.floats(0.5, 2.0))
    def set_rate(self, by: str | None, rate: float) -> None:
        self.ask("playback:set_rate", by, rate=rate)

    @rule(by=actors, word=st.sampled_from(["ready", "ready", "buffering"]))
    def answer(self, by: str | None, word: str) -> None:
        state = self.party.playback
        payload = {"item_id": state.item_id or uid(1), "rev": state.rev}
        self.ask(f"playback:{word}", by, **payload)

    @rule(by=actors, heir=st.none() | users)
    def change_host(self, by: str | None, heir: str | None) -> None:
        if heir is None:
            self.ask("host:claim", by)
        else:
            self.ask("host:transfer", by, user_id=heir)

    # ------------------------------------------------------------ the world

    @rule(ms=st.sampled_from([1, 40, 400, 3_000, 11_000, 30_000, 90_000]))
    def wait(self, ms: int) -> None:
        until_ms = self.party.now_ms + ms
        while due := self.party.next_due(until_ms):
            self.party.now_ms = max(self.party.now_ms, due.at_ms or 0)
            self.party.fire(due.key)
            self.hear(due.command, {})
        self.party.now_ms = until_ms

    @rule(here=st.sets(users))
    def come_and_go(self, here: set[str]) -> None:
        self.party.present = tuple(sorted(here))
        if len(self.folds) < 4:
            self.folds.append(Fold(self.party.snapshot()))

    # ------------------------------------------------------------ what always holds

    @invariant()
    def every_client_that_folds_events_equals_the_snapshot(self) -> None:
        snapshot = self.party.snapshot()
        for client in self.folds:
            shown = client.shown()
            ours, theirs = shown["queue"]["history"], snapshot["queue"]["history"]
            # A late joiner's history is the shorter one once `previous` took items out of it.
            assert ours == theirs[len(theirs) - len(ours) :]
            shown["queue"]["history"] = theirs
            assert shown == snapshot

    @invariant()
    def ranks_ascend_strictly_and_stay_short(self) -> None:
        ranks = [item.rank for item in self.party.queue.items]
        assert all(a < b for a, b in pairwise(ranks))
        assert all(len(rank) <= MAX_DIGITS for rank in ranks)

    @invariant()
    def the_order_is_the_one_that_was_chosen(self) -> None:
        queue = self.party.queue
        assert arrange(queue.items, queue.order) == queue.items

    @invariant()
    def one_item_is_current_and_playback_is_at_it(self) -> None:
        queue, playback = self.party.queue, self.party.playback
        current = [item for item in queue.items if item.state == "playing"]
        assert current == ([queue.current] if queue.current else [])
        at = queue.current
        assert playback.item_id == (at.id if at else None)
        assert playback.track_id == (at.track_id if at else None)
        if at is not None:
            assert playback.duration_ms == at.duration_ms
            assert 0 <= playback.position_ms <= playback.duration_ms

    @invariant()
    def no_item_is_lost_and_none_appears(self) -> None:
        queue = self.party.queue
        ids = [item.id for item in (*queue.items, *queue.history)]
        assert len(ids) == len(set(ids))
        assert set(ids) <= self.alive
        assert len(ids) == len(self.alive) or len(queue.history) == MAX_HISTORY

    @invariant()
    def timers_point_at_the_right_end(self) -> None:
        playback, timers = self.party.playback, self.party.timers
        due_ms = end_ms(playback)
        end = timers.get("playback.end")
        assert (end.at_ms if end else None) == due_ms
        barrier = timers.get("playback.barrier")
        assert (barrier.at_ms if barrier else None) == playback.deadline_ms
        assert (playback.status == "waiting") is (playback.deadline_ms is not None)
        if due_ms is None:
            assert "playback.prepare" not in timers
        elif due_ms - PREPARE_MS > self.party.now_ms:
            assert timers["playback.prepare"].at_ms == due_ms - PREPARE_MS

    @invariant()
    def nobody_is_waited_for_who_was_not_asked(self) -> None:
        playback = self.party.playback
        assert set(playback.waiting_for) <= set(playback.asked)
        assert len(set(playback.waiting_for)) == len(playback.waiting_for)
        assert bool(playback.waiting_for) is (playback.status == "waiting")


TestRoomMachine = RoomMachine.TestCase
TestRoomMachine.settings = settings(
    max_examples=2 * settings().max_examples, stateful_step_count=60, deadline=None
)
# 200 parties; `make model` gives 2,000.
