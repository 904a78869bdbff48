"""A queue becomes a playlist of whoever saves it."""

import pytest

from rooms.errors import Conflict, Forbidden, Invalid
from rooms.queue.feature import QUEUE
from rooms.queue.saving import SavedQueue, SaveQueue
from tests.rooms.party import GUEST, MEMBER, ROOM_ID, TRACKS, Party


def save(
    party: Party, by: str = MEMBER, with_history: bool = False, name: str = " Saturday "
) -> SavedQueue:
    spec = QUEUE.commands["queue:save"]
    command = SaveQueue(room_id=ROOM_ID, name=name, with_history=with_history)
    outcome = spec.rule(
        party.queue, command, party.context(QUEUE, party.actor(by), "queue:save", {}, spec.ids)
    )
    assert outcome.state is party.queue
    assert outcome.events == ()
    (saved,) = outcome.rows
    assert isinstance(saved, SavedQueue)
    assert outcome.data.playlist_id == saved.playlist_id
    assert outcome.data.track_count == len(saved.track_ids)
    return saved


def test_what_plays_and_waits_is_saved_in_order() -> None:
    party = Party()
    party.add(*TRACKS[:3])
    party.do("playback:play")
    saved = save(party)
    assert (saved.user_id, saved.name, saved.is_public) == (MEMBER, "Saturday", False)
    assert saved.track_ids == TRACKS[:3]


def test_with_history_what_was_played_comes_first() -> None:
    party = Party()
    party.add(*TRACKS[:3])
    party.do("playback:play")
    party.pass_ms(70_000)
    assert save(party).track_ids == TRACKS[1:3]
    assert save(party, with_history=True).track_ids == TRACKS[:3]


def test_an_empty_queue_and_a_guest_save_nothing() -> None:
    party = Party()
    with pytest.raises(Conflict):
        save(party)
    party.add(TRACKS[0])
    with pytest.raises(Forbidden):
        save(party, GUEST)


def test_blanks_are_no_name() -> None:
    party = Party()
    party.add(TRACKS[0])
    with pytest.raises(Invalid) as caught:
        save(party, name="  ")
    assert [field.field for field in caught.value.fields] == ["name"]
