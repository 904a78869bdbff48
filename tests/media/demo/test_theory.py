import itertools

import pytest

from media.demo.theory import SCALES, Chord, Key, nearest_tone, progression, voicing

C_MAJOR = Key(60, "major")


def test_degrees_climb_the_scale_and_go_on_an_octave_up() -> None:
    assert [C_MAJOR.pitch(degree) for degree in range(8)] == [60, 62, 64, 65, 67, 69, 71, 72]
    assert C_MAJOR.pitch(-1) == 59


def test_a_chord_is_stacked_thirds() -> None:
    assert [C_MAJOR.pitch(d) for d in Chord(0).degrees] == [60, 64, 67]
    assert [C_MAJOR.pitch(d) for d in Chord(4, 4).degrees] == [67, 71, 74, 77]


@pytest.mark.parametrize(("degree", "expected"), [(0, 0), (1, 0), (3, 2), (5, 4), (6, 7), (8, 7)])
def test_a_strained_note_goes_to_the_nearest_chord_tone(degree: int, expected: int) -> None:
    assert nearest_tone(degree, Chord(0)) == expected


def test_voices_move_little_from_chord_to_chord() -> None:
    row = tuple(Chord(root) for root in (0, 5, 3, 4, 0, 2, 5, 1, 4, 0))
    for scale in SCALES:
        voiced = progression(row, Key(62, scale), 60.0)
        means = [sum(pitches) / len(pitches) for pitches in voiced]
        assert max(abs(a - b) for a, b in itertools.pairwise(means)) < 5
        assert all(50 < mean < 70 for mean in means)


def test_a_voicing_holds_every_tone_of_its_chord() -> None:
    pitches = voicing(Chord(1, 4), C_MAJOR, 60)
    assert {p % 12 for p in pitches} == {2, 5, 9, 0}
    assert list(pitches) == sorted(pitches)
