"""Copper Sky: house."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ARTIST, EIGHTHS, beats, row
from media.demo.theory import Key

COPPER_SKY = Piece(
    title="Copper Sky",
    artist=ARTIST,
    album="After Hours",
    genre="House",
    year=2026,
    seed=59,
    bpm=122,
    key=Key(65, "minor"),
    lines={
        "pad": Line("pad", -12, room=0.4),
        "comp": Line("piano", -3, room=0.2, echo=0.15),
        "bass": Line("bass", -4, room=0.0),
        "arp": Line("square", -11, pan=0.35, room=0.15, echo=0.35, octave=1),
        "tune": Line("lead", -5, room=0.3, echo=0.3, octave=1),
    },
    comp=((0, 0.6), (0.75, 0.6), (1.5, 0.9), (2.75, 0.6), (3.5, 0.4)),
    arp=(0, 3, 1, 4, 2, 3),
    arp_beats=0.25,
    walk=(
        (0.5, 0.4, 0),
        (1.25, 0.25, 0),
        (1.5, 0.4, 7),
        (2.5, 0.4, 0),
        (3.25, 0.25, 4),
        (3.5, 0.4, 7),
    ),
    tunes={
        "verse": (
            (0, 0.75, 4),
            (0.75, 0.75, 4),
            (1.5, 0.5, 6),
            (2.5, 1, 7),
            (4, 0.75, 6),
            (4.75, 0.75, 4),
            (5.5, 1.5, 2),
        ),
        "chorus": (
            (0, 0.5, 7),
            (0.75, 0.5, 9),
            (1.5, 1.5, 11),
            (3.5, 0.5, 9),
            (4, 0.5, 7),
            (4.75, 0.5, 9),
            (5.5, 2, 8),
        ),
    },
    groove=Groove(
        1,
        (
            Hit("kick", beats(0, 1, 2, 3), 1.0),
            Hit("clap", beats(1, 3), 0.85),
            Hit("open hat", beats(0.5, 1.5, 2.5, 3.5), 0.6),
            Hit("hat", beats(0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75), 0.35, 0.8),
            Hit("shaker", EIGHTHS, 0.3, 0.9),
        ),
        fill=(Hit("snare", beats(3, 3.25, 3.5, 3.75), 0.55),),
    ),
    sections=(
        Section(8, row((1, 4)), frozenset({"drums", "bass"}), energy=0.75),
        Section(
            8,
            row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp"}),
            energy=0.82,
        ),
        Section(
            16,
            row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "tune"}),
            "verse",
            energy=0.88,
        ),
        Section(
            8, row((4, 4), (6, 4), (1, 4), (5, 4)), frozenset({"pad", "comp", "arp"}), energy=0.6
        ),
        Section(
            16,
            row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "arp", "tune"}),
            "chorus",
            energy=1.0,
        ),
        Section(
            8,
            row((4, 4), (6, 4), (1, 4), (5, 4)),
            frozenset({"drums", "bass", "arp"}),
            energy=0.82,
        ),
        Section(
            16,
            row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "arp", "tune"}),
            "chorus",
            energy=1.0,
        ),
        Section(8, row((1, 4)), frozenset({"drums", "bass", "pad"}), energy=0.7),
    ),
    room_s=1.7,
    duck_db=6.0,
    colours=("#2b1a12", "#c8553d", "#f5d0a9"),
)
