"""Paper Lanterns: lo-fi."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ALBUM, ARTIST, EIGHTHS, beats, row
from media.demo.theory import Key

PAPER_LANTERNS = Piece(
    title="Paper Lanterns",
    artist=ARTIST,
    album=ALBUM,
    genre="Lo-fi",
    year=2026,
    seed=23,
    bpm=84,
    key=Key(57, "dorian"),
    lines={
        "comp": Line("keys", -6, room=0.22, echo=0.06),
        "bass": Line("bass", -5, room=0.0),
        "tune": Line("pluck", -2, pan=0.25, room=0.3, echo=0.25, octave=1),
        "second": Line("flute", -13, pan=-0.3, room=0.45, octave=1),
        "pad": Line("pad", -15, room=0.4),
    },
    comp=((0, 1.4), (1.5, 0.4), (2.5, 1.4)),
    walk=((0, 1.4, 0), (1.5, 0.5, 0), (2.5, 0.9, 4), (3.5, 0.5, 6)),
    tunes={
        "verse": (
            (0, 0.5, 4),
            (0.5, 0.5, 6),
            (1, 1, 7),
            (2.5, 0.5, 6),
            (3, 1, 4),
            (5, 0.5, 3),
            (5.5, 0.5, 2),
            (6, 1.5, 0),
        ),
        "chorus": (
            (0, 1, 7),
            (1, 0.5, 9),
            (1.5, 0.5, 8),
            (2, 1.5, 7),
            (4, 1, 6),
            (5, 0.5, 4),
            (5.5, 0.5, 6),
            (6, 1.5, 4),
        ),
    },
    groove=Groove(
        2,
        (
            Hit("soft kick", beats(0, 2.5, 4, 5.5, 6.5), 0.95),
            Hit("snare", beats(1, 3, 5, 7), 0.55),
            Hit("hat", beats(*EIGHTHS, *(beat + 4 for beat in EIGHTHS)), 0.5, 0.9),
            Hit("open hat", beats(7.5), 0.35, 0.6),
            Hit("rim", beats(2.75, 6.25), 0.35, 0.5),
        ),
        fill=(Hit("snare", beats(3.5, 3.75), 0.4),),
    ),
    swing=0.13,
    sections=(
        Section(4, row((1, 4), (4, 4), (7, 4), (3, 4)), frozenset({"comp"}), energy=0.6),
        Section(
            8,
            row((1, 4), (4, 4), (7, 4), (3, 4)),
            frozenset({"comp", "bass", "drums"}),
            energy=0.75,
        ),
        Section(
            16,
            row((1, 4), (4, 4), (7, 4), (3, 4)),
            frozenset({"comp", "bass", "drums", "tune"}),
            "verse",
            energy=0.8,
        ),
        Section(
            8,
            row((6, 4), (7, 4), (1, 4), (1, 5)),
            frozenset({"comp", "bass", "drums", "tune", "second", "pad"}),
            "chorus",
            energy=0.9,
        ),
        Section(4, row((1, 4), (4, 4)), frozenset({"comp", "pad"}), energy=0.6),
        Section(
            8,
            row((6, 4), (7, 4), (1, 4), (1, 5)),
            frozenset({"comp", "bass", "drums", "tune", "second", "pad"}),
            "chorus",
            energy=0.92,
        ),
        Section(4, row((1, 4), (4, 4), (7, 4), (1, 5)), frozenset({"comp", "bass"}), energy=0.6),
    ),
    room_s=1.3,
    colours=("#3b2536", "#ff9f68", "#ffe8c7"),
)
