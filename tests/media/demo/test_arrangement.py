import itertools

import pytest

from media.demo.arrangement import arrange
from media.demo.piece import Piece
from media.demo.pieces import PIECES
from media.demo.theory import SCALES

each_piece = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.title)


@each_piece
def test_a_piece_is_the_same_each_time(piece: Piece) -> None:
    assert arrange(piece) == arrange(piece)


@each_piece
def test_every_note_is_in_key_and_in_the_range_of_instruments(piece: Piece) -> None:
    scale = {(piece.key.tonic + step) % 12 for step in SCALES[piece.key.scale]}
    for note in arrange(piece).notes:
        assert note.midi % 12 in scale
        assert 24 <= note.midi <= 103
        assert 0 < note.strength <= 1
        assert note.length_beats > 0


@each_piece
def test_nothing_is_played_outside_the_piece(piece: Piece) -> None:
    score = arrange(piece)
    assert 1.5 * 60 <= score.length_beats * 60 / piece.bpm <= 4 * 60
    starts = [note.start_beats for note in score.notes]
    starts += [strike.start_beats for strike in score.strikes]
    assert 0 <= min(starts) < max(starts) < score.length_beats


@each_piece
def test_the_melody_sings_instead_of_leaping(piece: Piece) -> None:
    tune = sorted(note for note in arrange(piece).notes if note.line == "tune")
    steps = [abs(b.midi - a.midi) for a, b in itertools.pairwise(tune)]
    assert len(tune) > 30
    assert sum(step <= 5 for step in steps) > 0.75 * len(steps)
    assert max(steps) <= 19
    assert len({note.midi for note in tune}) >= 6


@each_piece
def test_a_motif_returns_changed(piece: Piece) -> None:
    section = next(s for s in piece.sections if s.tune is not None)
    assert section.tune is not None
    motif = piece.tunes[section.tune]
    assert len(motif) >= 4
    tune = sorted(note for note in arrange(piece).notes if note.line == "tune")
    count = len(motif)
    first, second = ([n.midi for n in tune[k * count : (k + 1) * count]] for k in (0, 1))
    assert first != second


@each_piece
def test_sections_differ_in_who_plays(piece: Piece) -> None:
    assert len(piece.sections) >= 5
    assert len({section.plays for section in piece.sections}) >= 4
    for section in piece.sections:
        assert section.plays <= {*piece.lines, "drums"}


@each_piece
def test_drums_keep_time_with_uneven_hands(piece: Piece) -> None:
    strikes = arrange(piece).strikes
    assert len({strike.drum for strike in strikes}) >= 3
    assert len({round(strike.strength, 3) for strike in strikes}) > 20
