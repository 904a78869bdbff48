"""Night Tram: synthwave."""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.pieces.notation import ALBUM, ARTIST, EIGHTHS, beats, row
from media.demo.theory import Key

NIGHT_TRAM = Piece(
    title="Night Tram",
    artist=ARTIST,
    album=ALBUM,
    genre="Synthwave",
    year=2026,
    seed=31,
    bpm=104,
    key=Key(64, "minor"),
    lines={
        "pad": Line("pad", -10, room=0.35),
        "arp": Line("square", -9, pan=-0.25, room=0.15, echo=0.3),
        "bass": Line("bass", -4, room=0.0),
        "tune": Line("lead", -5, pan=0.05, room=0.3, echo=0.25, octave=1),
        "second": Line("lead", -12, pan=0.35, room=0.35, octave=1),
        "comp": Line("strings", -12, pan=0.2, room=0.35),
    },
    comp=((0, 4),),
    arp=(0, 1, 2, 3, 4, 3, 2, 1),
    arp_beats=0.25,
    walk=tuple((beat, 0.45, 7 if beat in (1.5, 3.5) else 0) for beat in EIGHTHS),
    tunes={
        "verse": (
            (0, 1.5, 4),
            (1.5, 0.5, 3),
            (2, 1, 2),
            (3, 1, 0),
            (4, 1.5, 2),
            (5.5, 0.5, 3),
            (6, 2, 4),
        ),
        "chorus": (
            (0, 0.75, 7),
            (0.75, 0.75, 8),
            (1.5, 0.5, 9),
            (2, 1.5, 7),
            (3.5, 0.5, 6),
            (4, 1, 4),
            (5, 0.5, 6),
            (5.5, 2, 7),
        ),
    },
    groove=Groove(
        1,
        (
            Hit("kick", beats(0, 2), 0.95),
            Hit("snare", beats(1, 3), 0.9),
            Hit("hat", EIGHTHS, 0.55),
            Hit("open hat", beats(3.5), 0.4, 0.5),
        ),
        fill=(Hit("tom", beats(2.5, 2.75), 0.7), Hit("low tom", beats(3, 3.5), 0.8)),
    ),
    sections=(
        Section(8, row(1, 6, 3, 7), frozenset({"pad", "arp"}), bars_per_chord=2, energy=0.6),
        Section(8, row(1, 6, 3, 7), frozenset({"pad", "arp", "bass", "drums"}), energy=0.78),
        Section(
            16,
            row(1, 6, 3, 7),
            frozenset({"pad", "arp", "bass", "drums", "tune"}),
            "verse",
            energy=0.82,
        ),
        Section(
            16,
            row(6, 7, 1, 3),
            frozenset({"pad", "arp", "bass", "drums", "tune", "second", "comp"}),
            "chorus",
            energy=0.95,
        ),
        Section(8, row(4, 6, 1, 5), frozenset({"pad", "arp", "comp"}), energy=0.6),
        Section(
            16,
            row(6, 7, 1, 3),
            frozenset({"pad", "arp", "bass", "drums", "tune", "second", "comp"}),
            "chorus",
            energy=1.0,
        ),
        Section(4, row(1), frozenset({"pad", "arp"}), energy=0.55),
    ),
    room_s=2.2,
    duck_db=3.0,
    colours=("#160f30", "#f72585", "#4cc9f0"),
)
