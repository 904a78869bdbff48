"""What sounded, from what the log says."""

from typing import Any

from rooms.playback.state import PlaybackChanged
from rooms.session.replay import Change, moment_at, plays_of
from tests.rooms.party import NOW_MS, TRACKS, Party


def changes_of(party: Party) -> list[Change]:
    """Every `playback:changed` of the party's log."""
    told: list[dict[str, Any]] = [data for _, name, data in party.log if name == "playback:changed"]
    names = set(Change.__struct_fields__) & set(PlaybackChanged.__struct_fields__)
    return [Change(seq=n, **{k: data[k] for k in names}) for n, data in enumerate(told, 1)]


def evening() -> Party:
    """Two tracks: a seek in the first, a pause in the second."""
    party = Party()
    party.add(*TRACKS[:2])
    party.do("playback:play")
    party.pass_ms(11_000)  # 10 s of sound
    party.do("playback:seek", position_ms=50_000)
    party.pass_ms(16_000)  # to the end, and 4 s or more of the next
    party.do("playback:pause")
    party.pass_ms(30_000)
    party.do("playback:play")
    return party


def test_what_sounded_is_told_in_stretches() -> None:
    changes = changes_of(evening())
    plays = plays_of(changes, None)
    assert [(p.track_id, p.position_ms) for p in plays] == [
        (TRACKS[0], 0),
        (TRACKS[0], 50_000),
        (TRACKS[1], 0),
        (TRACKS[1], plays[3].position_ms),
    ]
    first, second, third, fourth = plays
    assert first.until_ms == second.at_ms
    assert second.until_ms == third.at_ms == second.at_ms + 10_000, "to its end, without a gap"
    assert third.until_ms is not None
    assert third.until_ms - third.at_ms == fourth.position_ms, "the pause is silence"
    assert fourth.until_ms is None


def test_a_page_ends_with_the_change_behind_it() -> None:
    changes = changes_of(evening())
    for cut in range(1, len(changes)):
        whole = plays_of(changes, None)
        parts = plays_of(changes[:cut], changes[cut]) + plays_of(changes[cut:], None)
        assert parts == whole


def test_a_change_that_never_took_effect_is_silent() -> None:
    party = Party()
    party.add(*TRACKS[:2])
    party.do("playback:play")
    party.do("playback:pause")  # within the lead of the start
    assert plays_of(changes_of(party), None) == ()


def test_every_moment_has_its_place_in_the_music() -> None:
    changes = changes_of(evening())
    assert moment_at(changes, NOW_MS - 1) is None
    start_ms = changes[0].at_ms
    for at_ms, track, position_ms in (
        (start_ms + 4_000, 0, 4_000),
        (changes[1].at_ms + 1_500, 0, 51_500),
        (changes[2].at_ms + 2_000, 1, 2_000),
        (changes[3].at_ms + 9_000, 1, changes[3].position_ms),
    ):
        moment = moment_at(changes, at_ms)
        assert moment is not None
        assert moment.position_ms == position_ms
        held = next(c for c in changes if c.item_id == moment.item_id)
        assert held.track_id == TRACKS[track]
