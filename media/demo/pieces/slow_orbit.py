"""Slow Orbit: cinematic."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ARTIST, beats, row
from media.demo.theory import Key

SLOW_ORBIT = Piece(
    title="Slow Orbit",
    artist=ARTIST,
    album="After Hours",
    genre="Cinematic",
    year=2026,
    seed=71,
    bpm=69,
    key=Key(61, "minor"),
    lines={
        "arp": Line("piano", -5, pan=-0.1, room=0.4, echo=0.1),
        "pad": Line("strings", -9, room=0.5),
        "bass": Line("bass", -7, room=0.1),
        "tune": Line("strings", -5, pan=0.2, room=0.5, octave=1),
        "second": Line("bell", -14, pan=-0.35, room=0.6, echo=0.2, octave=1),
        "comp": Line("keys", -13, pan=0.25, room=0.4),
    },
    comp=((0, 4),),
    arp=(0, 2, 1, 3, 2, 4, 3, 1),
    arp_beats=0.5,
    walk=((0, 3, 0), (3, 1, 4)),
    tunes={
        "verse": ((0, 2, 4), (2, 1, 5), (3, 1, 4), (4, 3, 2)),
        "chorus": ((0, 1.5, 7), (1.5, 0.5, 6), (2, 2, 8), (4, 1, 9), (5, 1, 8), (6, 2, 7)),
    },
    groove=Groove(
        2,
        (
            Hit("kick", beats(0, 3.5, 4), 0.95),
            Hit("snare", beats(2, 6), 0.8),
            Hit("ride", beats(0, 1, 2, 3, 4, 5, 6, 7), 0.6),
            Hit("low tom", beats(7, 7.5), 0.6, 0.6),
        ),
        fill=(Hit("tom", beats(2.5, 3), 0.8), Hit("low tom", beats(3.5, 3.75), 0.9)),
    ),
    sections=(
        Section(4, row(1, 6), frozenset({"arp"}), bars_per_chord=2, energy=0.5),
        Section(8, row(1, 6, 3, 7), frozenset({"arp", "bass", "comp"}), energy=0.62),
        Section(
            8, row(1, 6, 3, 7), frozenset({"arp", "bass", "pad", "tune"}), "verse", energy=0.75
        ),
        Section(
            8,
            row(6, 3, 7, 1),
            frozenset({"arp", "bass", "pad", "tune", "second", "drums"}),
            "chorus",
            energy=0.95,
        ),
        Section(
            8,
            row(4, 6, 1, 7),
            frozenset({"arp", "bass", "pad", "tune", "second", "comp", "drums"}),
            "chorus",
            energy=1.0,
        ),
        Section(4, row(6, 1), frozenset({"arp", "pad"}), bars_per_chord=2, energy=0.5),
    ),
    room_s=3.6,
    colours=("#0d1b2a", "#778da9", "#e0e1dd"),
)
