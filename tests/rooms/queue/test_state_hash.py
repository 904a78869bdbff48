"""The hash that clients compare theirs with, by its definition."""

from rooms.queue.state_hash import HASH_EVERY, state_hash
from tests.rooms.party import MEMBER, TRACKS, Party


def test_it_is_a_crc32_of_one_line_an_item() -> None:
    party = Party()
    assert state_hash(()) == "00000000"
    party.add(TRACKS[0])
    (item,) = party.queue.items
    assert len(state_hash(party.queue.items)) == 8
    before = state_hash(party.queue.items)
    party.do("item:vote", MEMBER, item_id=item.id, value=1)
    assert state_hash(party.queue.items) != before


def test_every_twentieth_event_carries_it() -> None:
    party = Party()
    for track in [*TRACKS, *TRACKS, *TRACKS[:5]]:
        party.add(track)
    hashed = [data["queue_rev"] for _, _, data in party.log if data.get("state_hash")]
    assert hashed == [HASH_EVERY, 2 * HASH_EVERY]
    last = next(data for _, _, data in reversed(party.log) if data.get("state_hash"))
    assert last["state_hash"] == state_hash(party.queue.items[: 2 * HASH_EVERY])
