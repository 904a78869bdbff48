"""First Light: ambient."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ALBUM, ARTIST, EIGHTHS, beats, row
from media.demo.theory import Key

FIRST_LIGHT = Piece(
    title="First Light",
    artist=ARTIST,
    album=ALBUM,
    genre="Ambient",
    year=2026,
    seed=11,
    bpm=76,
    key=Key(62, "lydian"),
    lines={
        "pad": Line("pad", -7, room=0.5),
        "arp": Line("bell", -13, pan=0.3, room=0.6, echo=0.35, octave=1),
        "comp": Line("keys", -10, pan=-0.15, room=0.35, echo=0.1),
        "bass": Line("bass", -9, room=0.05),
        "tune": Line("flute", -9, pan=0.1, room=0.5, echo=0.25, octave=1),
        "second": Line("strings", -14, pan=-0.3, room=0.5),
    },
    comp=((0, 3), (2.5, 1.5)),
    arp=(0, 2, 3, 1, 4, 2),
    arp_beats=1.0,
    walk=((0, 3.5, 0), (3.5, 0.5, 4)),
    tunes={
        "verse": ((0, 1.5, 2), (1.5, 0.5, 3), (2, 2, 4), (5, 1, 6), (6, 2, 4)),
        "chorus": ((0, 1, 4), (1, 1, 6), (2, 1.5, 7), (3.5, 0.5, 6), (4, 3, 4)),
    },
    groove=Groove(
        1,
        (
            Hit("soft kick", beats(0, 2.5), 0.7),
            Hit("rim", beats(2), 0.5),
            Hit("shaker", EIGHTHS, 0.5, 0.85),
        ),
    ),
    sections=(
        Section(8, row((1, 5), (2, 4)), frozenset({"pad"}), bars_per_chord=2, energy=0.55),
        Section(
            8,
            row((1, 5), (2, 4), (6, 4), (5, 4)),
            frozenset({"pad", "arp", "bass"}),
            bars_per_chord=2,
            energy=0.65,
        ),
        Section(
            8,
            row((1, 4), (5, 4), (2, 4), (6, 4)),
            frozenset({"pad", "comp", "bass", "tune", "drums"}),
            "verse",
            energy=0.75,
        ),
        Section(
            8,
            row((4, 4), (5, 4), (6, 4), (2, 4)),
            frozenset({"pad", "arp", "comp", "bass", "tune", "second", "drums"}),
            "chorus",
            energy=0.9,
        ),
        Section(
            8,
            row((1, 5), (2, 4), (6, 4), (5, 4)),
            frozenset({"pad", "arp", "bass"}),
            bars_per_chord=2,
            energy=0.6,
        ),
        Section(4, row((2, 4), (1, 5)), frozenset({"pad"}), bars_per_chord=2, energy=0.5),
    ),
    room_s=3.2,
    colours=("#243b53", "#f0b67f", "#fff4e0"),
)
