"""What a block leaves of an event: pure rules."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from hub.fanout.hidden import HIDEABLE, PLACE, author_of, caught_up, ephemeral, place_of, seen_by
from storage.log import By, Envelope, LogEvent, NamedEnvelope

HIM = "01890000-0000-7000-8000-000000000001"
HER = "01890000-0000-7000-8000-000000000002"
ROOM = "room:01890000-0000-7000-8000-000000000003"


def envelope(name: str, author: str | None, content: str, seq: int = 7) -> LogEvent:
    data = Raw(msgspec.json.encode({"content": content}))
    body = Envelope(ROOM, "k3f9", seq, "2026-01-01T00:00:00.000Z", By(author, None), HER, data)
    return LogEvent(seq, name, msgspec.json.encode(body))


@given(st.text(), st.sampled_from(sorted(HIDEABLE)), st.integers(1, 2**53))
def test_a_place_keeps_the_seq_and_nothing_else(content: str, name: str, seq: int) -> None:
    event = envelope(name, HIM, content, seq)
    assert author_of(event) == HIM
    place = seen_by(event, frozenset((HIM,)))
    assert (place.seq, place.name) == (seq, PLACE)
    read = msgspec.json.decode(place.body)
    assert read == msgspec.json.decode(event.body) | {
        "by": {"user_id": None, "device_id": None},
        "op_id": None,
        "data": {},
    }


@given(st.sampled_from(["member:joined", "playback:changed", "message:deleted", "item:added"]))
def test_what_belongs_to_the_room_is_for_all(name: str) -> None:
    event = envelope(name, HIM, "")
    assert author_of(event) is None
    assert seen_by(event, frozenset((HIM,))) is event


def test_others_and_the_hub_are_seen() -> None:
    for author in (HER, None):
        event = envelope("message:created", author, f'"by":{{"user_id":"{HIM}"')
        assert seen_by(event, frozenset((HIM,))) is event
    assert seen_by(place_of(envelope("message:created", HIM, "")), frozenset((HIM,))).name == PLACE


def test_a_catch_up_says_the_same() -> None:
    def named(name: str, author: str) -> NamedEnvelope:
        data = Raw(b'{"content":"x"}')
        return NamedEnvelope(name, ROOM, "k3f9", 7, "now", By(author, HER), HER, data)

    events = [
        named("message:created", HIM),
        named("message:created", HER),
        named("item:added", HIM),
    ]
    place, *rest = caught_up(events, frozenset((HIM,)))
    assert rest == events[1:]
    assert msgspec.json.decode(msgspec.json.encode(place)) == {
        "event": PLACE,
        "stream": ROOM,
        "epoch": "k3f9",
        "seq": 7,
        "at": "now",
        "by": {"user_id": None, "device_id": None},
        "op_id": None,
        "data": {},
    }


def test_ephemeral_events_lose_those_who_are_hidden() -> None:
    hidden = frozenset((HIM,))

    def left(event: str, data: object) -> object:
        raw = msgspec.json.encode(data)
        own = ephemeral(event, raw, hidden)
        return own if own is None or own is raw else msgspec.json.decode(own)

    assert left("typing:updated", {"user_ids": [HER, HIM]}) == {"user_ids": [HER]}
    assert left("read:updated", {"user_id": HIM, "seq": 3}) is None
    assert left("delivered:updated", {"user_id": HIM, "seq": 3}) is None
    diff = {"version": 3, "upserts": {HIM: {}, HER: {}}, "leaves": [HIM]}
    assert left("presence:diff", diff) == {"version": 3, "upserts": {HER: {}}, "leaves": []}
    assert left("presence:diff", {"version": 3, "upserts": {}, "leaves": [HIM]}) is None
    stats = {"members": [{"user_id": HIM}, {"user_id": HER}], "sample": None}
    assert left("sync:stats", stats) == {"members": [{"user_id": HER}], "sample": None}
    untouched = msgspec.json.encode({"user_ids": [HER]})
    assert ephemeral("typing:updated", untouched, hidden) is untouched
