"""Harbour Steps: folk."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ALBUM, ARTIST, beats, row
from media.demo.theory import Key

HARBOUR_STEPS = Piece(
    title="Harbour Steps",
    artist=ARTIST,
    album=ALBUM,
    genre="Folk",
    year=2026,
    seed=47,
    bpm=138,
    key=Key(55, "major"),
    lines={
        "arp": Line("pluck", -5, pan=-0.3, room=0.25),
        "bass": Line("pluck", -4, pan=0.05, room=0.12, octave=1),
        "tune": Line("flute", -6, pan=0.15, room=0.4, octave=1),
        "second": Line("strings", -11, pan=0.35, room=0.4, octave=1),
        "pad": Line("strings", -14, pan=0.0, room=0.45),
    },
    beats_per_bar=3,
    arp=(0, 2, 3, 2, 1, 3),
    arp_beats=0.5,
    walk=((0, 1.8, 0), (2, 0.9, 4)),
    tunes={
        "verse": ((0, 1, 4), (1, 0.5, 5), (1.5, 0.5, 6), (2, 1, 7), (3, 2, 6), (5, 1, 4)),
        "chorus": ((0, 1.5, 9), (1.5, 0.5, 8), (2, 1, 7), (3, 1, 6), (4, 1, 7), (5, 1, 4)),
    },
    groove=Groove(
        1,
        (
            Hit("soft kick", beats(0), 0.75),
            Hit("shaker", beats(0, 0.5, 1, 1.5, 2, 2.5), 0.6, 0.9),
            Hit("rim", beats(1, 2), 0.4, 0.8),
        ),
    ),
    sections=(
        Section(8, row(1, 5, 6, 4), frozenset({"arp"}), energy=0.65),
        Section(
            16,
            row(1, 5, 6, 4, 1, 4, 5, 1),
            frozenset({"arp", "bass", "tune"}),
            "verse",
            energy=0.78,
        ),
        Section(
            16,
            row(4, 1, 5, 6, 4, 1, 5, 1),
            frozenset({"arp", "bass", "tune", "second", "drums"}),
            "chorus",
            energy=0.88,
        ),
        Section(
            16,
            row(1, 5, 6, 4, 1, 4, 5, 1),
            frozenset({"arp", "bass", "tune", "pad", "drums"}),
            "verse",
            energy=0.84,
        ),
        Section(8, row(6, 3, 4, 5), frozenset({"arp", "pad"}), energy=0.6),
        Section(
            16,
            row(4, 1, 5, 6, 4, 1, 5, 1),
            frozenset({"arp", "bass", "tune", "second", "pad", "drums"}),
            "chorus",
            energy=0.95,
        ),
        Section(4, row(4, 5, 1, 1), frozenset({"arp", "pad"}), energy=0.6),
    ),
    room_s=1.6,
    colours=("#0b3c49", "#e8c547", "#f6f1d1"),
)
