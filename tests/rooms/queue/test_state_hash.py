"""The hash that clients compare theirs with, by its definition."""

import json
import re
import zlib
from pathlib import Path

from msgspec.structs import replace

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


def test_the_protocol_shows_one_that_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
    shown = re.search(r'one line: ("[^"]+"); its state_hash is "([0-9a-f]{8})"', text)
    assert shown is not None
    line = json.loads(shown[1])
    assert f"{zlib.crc32(line.encode()):08x}" == shown[2]
    item_id, rank, state, score = line.split()
    party = Party()
    party.add(TRACKS[0])
    (item,) = party.queue.items
    as_shown = replace(item, id=item_id, rank=rank, state=state, score=int(score))
    assert state_hash((as_shown,)) == shown[2]
