"""The demo catalog: six pieces, written out as values.

Moods lie far apart on purpose, so that a newcomer hears at once which track is on.
"""

from media.demo.piece import Groove, Hit, Line, Piece, Section
from media.demo.theory import Chord, Key


def _row(*chords: int | tuple[int, int]) -> tuple[Chord, ...]:
    """Chords by degree from 1, or (degree, number of tones)."""
    return tuple(Chord(c - 1) if isinstance(c, int) else Chord(c[0] - 1, c[1]) for c in chords)


def _beats(*beats: float) -> tuple[float, ...]:
    return beats


EIGHTHS = _beats(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
ARTIST = "The Veza House Band"
ALBUM = "Rooms with a View"

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
            Hit("soft kick", _beats(0, 2.5), 0.7),
            Hit("rim", _beats(2), 0.5),
            Hit("shaker", EIGHTHS, 0.5, 0.85),
        ),
    ),
    sections=(
        Section(8, _row((1, 5), (2, 4)), frozenset({"pad"}), bars_per_chord=2, energy=0.55),
        Section(
            8,
            _row((1, 5), (2, 4), (6, 4), (5, 4)),
            frozenset({"pad", "arp", "bass"}),
            bars_per_chord=2,
            energy=0.65,
        ),
        Section(
            8,
            _row((1, 4), (5, 4), (2, 4), (6, 4)),
            frozenset({"pad", "comp", "bass", "tune", "drums"}),
            "verse",
            energy=0.75,
        ),
        Section(
            8,
            _row((4, 4), (5, 4), (6, 4), (2, 4)),
            frozenset({"pad", "arp", "comp", "bass", "tune", "second", "drums"}),
            "chorus",
            energy=0.9,
        ),
        Section(
            8,
            _row((1, 5), (2, 4), (6, 4), (5, 4)),
            frozenset({"pad", "arp", "bass"}),
            bars_per_chord=2,
            energy=0.6,
        ),
        Section(4, _row((2, 4), (1, 5)), frozenset({"pad"}), bars_per_chord=2, energy=0.5),
    ),
    room_s=3.2,
    colours=("#243b53", "#f0b67f", "#fff4e0"),
)

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
            Hit("soft kick", _beats(0, 2.5, 4, 5.5, 6.5), 0.95),
            Hit("snare", _beats(1, 3, 5, 7), 0.55),
            Hit("hat", _beats(*EIGHTHS, *(beat + 4 for beat in EIGHTHS)), 0.5, 0.9),
            Hit("open hat", _beats(7.5), 0.35, 0.6),
            Hit("rim", _beats(2.75, 6.25), 0.35, 0.5),
        ),
        fill=(Hit("snare", _beats(3.5, 3.75), 0.4),),
    ),
    swing=0.13,
    sections=(
        Section(4, _row((1, 4), (4, 4), (7, 4), (3, 4)), frozenset({"comp"}), energy=0.6),
        Section(
            8,
            _row((1, 4), (4, 4), (7, 4), (3, 4)),
            frozenset({"comp", "bass", "drums"}),
            energy=0.75,
        ),
        Section(
            16,
            _row((1, 4), (4, 4), (7, 4), (3, 4)),
            frozenset({"comp", "bass", "drums", "tune"}),
            "verse",
            energy=0.8,
        ),
        Section(
            8,
            _row((6, 4), (7, 4), (1, 4), (1, 5)),
            frozenset({"comp", "bass", "drums", "tune", "second", "pad"}),
            "chorus",
            energy=0.9,
        ),
        Section(4, _row((1, 4), (4, 4)), frozenset({"comp", "pad"}), energy=0.6),
        Section(
            8,
            _row((6, 4), (7, 4), (1, 4), (1, 5)),
            frozenset({"comp", "bass", "drums", "tune", "second", "pad"}),
            "chorus",
            energy=0.92,
        ),
        Section(4, _row((1, 4), (4, 4), (7, 4), (1, 5)), frozenset({"comp", "bass"}), energy=0.6),
    ),
    room_s=1.3,
    colours=("#3b2536", "#ff9f68", "#ffe8c7"),
)

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
            Hit("kick", _beats(0, 2), 0.95),
            Hit("snare", _beats(1, 3), 0.9),
            Hit("hat", EIGHTHS, 0.55),
            Hit("open hat", _beats(3.5), 0.4, 0.5),
        ),
        fill=(Hit("tom", _beats(2.5, 2.75), 0.7), Hit("low tom", _beats(3, 3.5), 0.8)),
    ),
    sections=(
        Section(8, _row(1, 6, 3, 7), frozenset({"pad", "arp"}), bars_per_chord=2, energy=0.6),
        Section(8, _row(1, 6, 3, 7), frozenset({"pad", "arp", "bass", "drums"}), energy=0.78),
        Section(
            16,
            _row(1, 6, 3, 7),
            frozenset({"pad", "arp", "bass", "drums", "tune"}),
            "verse",
            energy=0.82,
        ),
        Section(
            16,
            _row(6, 7, 1, 3),
            frozenset({"pad", "arp", "bass", "drums", "tune", "second", "comp"}),
            "chorus",
            energy=0.95,
        ),
        Section(8, _row(4, 6, 1, 5), frozenset({"pad", "arp", "comp"}), energy=0.6),
        Section(
            16,
            _row(6, 7, 1, 3),
            frozenset({"pad", "arp", "bass", "drums", "tune", "second", "comp"}),
            "chorus",
            energy=1.0,
        ),
        Section(4, _row(1), frozenset({"pad", "arp"}), energy=0.55),
    ),
    room_s=2.2,
    duck_db=3.0,
    colours=("#160f30", "#f72585", "#4cc9f0"),
)

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
            Hit("soft kick", _beats(0), 0.75),
            Hit("shaker", _beats(0, 0.5, 1, 1.5, 2, 2.5), 0.6, 0.9),
            Hit("rim", _beats(1, 2), 0.4, 0.8),
        ),
    ),
    sections=(
        Section(8, _row(1, 5, 6, 4), frozenset({"arp"}), energy=0.65),
        Section(
            16,
            _row(1, 5, 6, 4, 1, 4, 5, 1),
            frozenset({"arp", "bass", "tune"}),
            "verse",
            energy=0.78,
        ),
        Section(
            16,
            _row(4, 1, 5, 6, 4, 1, 5, 1),
            frozenset({"arp", "bass", "tune", "second", "drums"}),
            "chorus",
            energy=0.88,
        ),
        Section(
            16,
            _row(1, 5, 6, 4, 1, 4, 5, 1),
            frozenset({"arp", "bass", "tune", "pad", "drums"}),
            "verse",
            energy=0.84,
        ),
        Section(8, _row(6, 3, 4, 5), frozenset({"arp", "pad"}), energy=0.6),
        Section(
            16,
            _row(4, 1, 5, 6, 4, 1, 5, 1),
            frozenset({"arp", "bass", "tune", "second", "pad", "drums"}),
            "chorus",
            energy=0.95,
        ),
        Section(4, _row(4, 5, 1, 1), frozenset({"arp", "pad"}), energy=0.6),
    ),
    room_s=1.6,
    colours=("#0b3c49", "#e8c547", "#f6f1d1"),
)

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
            Hit("kick", _beats(0, 1, 2, 3), 1.0),
            Hit("clap", _beats(1, 3), 0.85),
            Hit("open hat", _beats(0.5, 1.5, 2.5, 3.5), 0.6),
            Hit("hat", _beats(0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75), 0.35, 0.8),
            Hit("shaker", EIGHTHS, 0.3, 0.9),
        ),
        fill=(Hit("snare", _beats(3, 3.25, 3.5, 3.75), 0.55),),
    ),
    sections=(
        Section(8, _row((1, 4)), frozenset({"drums", "bass"}), energy=0.75),
        Section(
            8,
            _row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp"}),
            energy=0.82,
        ),
        Section(
            16,
            _row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "tune"}),
            "verse",
            energy=0.88,
        ),
        Section(
            8, _row((4, 4), (6, 4), (1, 4), (5, 4)), frozenset({"pad", "comp", "arp"}), energy=0.6
        ),
        Section(
            16,
            _row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "arp", "tune"}),
            "chorus",
            energy=1.0,
        ),
        Section(
            8,
            _row((4, 4), (6, 4), (1, 4), (5, 4)),
            frozenset({"drums", "bass", "arp"}),
            energy=0.82,
        ),
        Section(
            16,
            _row((1, 4), (6, 4), (3, 4), (7, 4)),
            frozenset({"drums", "bass", "comp", "pad", "arp", "tune"}),
            "chorus",
            energy=1.0,
        ),
        Section(8, _row((1, 4)), frozenset({"drums", "bass", "pad"}), energy=0.7),
    ),
    room_s=1.7,
    duck_db=6.0,
    colours=("#2b1a12", "#c8553d", "#f5d0a9"),
)

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
            Hit("kick", _beats(0, 3.5, 4), 0.95),
            Hit("snare", _beats(2, 6), 0.8),
            Hit("ride", _beats(0, 1, 2, 3, 4, 5, 6, 7), 0.6),
            Hit("low tom", _beats(7, 7.5), 0.6, 0.6),
        ),
        fill=(Hit("tom", _beats(2.5, 3), 0.8), Hit("low tom", _beats(3.5, 3.75), 0.9)),
    ),
    sections=(
        Section(4, _row(1, 6), frozenset({"arp"}), bars_per_chord=2, energy=0.5),
        Section(8, _row(1, 6, 3, 7), frozenset({"arp", "bass", "comp"}), energy=0.62),
        Section(
            8, _row(1, 6, 3, 7), frozenset({"arp", "bass", "pad", "tune"}), "verse", energy=0.75
        ),
        Section(
            8,
            _row(6, 3, 7, 1),
            frozenset({"arp", "bass", "pad", "tune", "second", "drums"}),
            "chorus",
            energy=0.95,
        ),
        Section(
            8,
            _row(4, 6, 1, 7),
            frozenset({"arp", "bass", "pad", "tune", "second", "comp", "drums"}),
            "chorus",
            energy=1.0,
        ),
        Section(4, _row(6, 1), frozenset({"arp", "pad"}), bars_per_chord=2, energy=0.5),
    ),
    room_s=3.6,
    colours=("#0d1b2a", "#778da9", "#e0e1dd"),
)

PIECES = (FIRST_LIGHT, PAPER_LANTERNS, NIGHT_TRAM, HARBOUR_STEPS, COPPER_SKY, SLOW_ORBIT)
