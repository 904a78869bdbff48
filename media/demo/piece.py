"""What a piece is written as: its key and tempo, the lines that play, and its sections. Values."""

from msgspec import Struct

from media.demo.theory import Chord, Key

Tune = tuple[tuple[float, float, int], ...]
"""A motif: start and length in beats, and the degree of the key."""


class Hit(Struct, frozen=True):
    """When one drum is struck within a pattern."""

    drum: str
    beats: tuple[float, ...]
    strength: float = 0.8
    chance: float = 1.0
    """Below 1 it is left out now and then."""


class Groove(Struct, frozen=True):
    """A drum pattern of some bars."""

    bars: int
    hits: tuple[Hit, ...]
    fill: tuple[Hit, ...] = ()
    """Added in the last bar of every eight."""


class Line(Struct, frozen=True):
    """One part of the band: which voice plays it, how, and where it stands in the room."""

    voice: str
    gain_db: float
    pan: float = 0.0
    room: float = 0.2
    """Share sent to the reverb."""
    echo: float = 0.0
    """Share sent to the delay."""
    octave: int = 0


class Section(Struct, frozen=True):
    """Some bars over a row of chords."""

    bars: int
    chords: tuple[Chord, ...]
    """One after the other in equal lengths, until the section ends; `bars_per_chord` each."""
    plays: frozenset[str]
    """Names of the lines that play; `drums` is the groove."""
    tune: str | None = None
    bars_per_chord: float = 1.0
    energy: float = 0.8
    """Loudness of all that is played, 0 to 1."""


class Piece(Struct, frozen=True):
    """A piece of music."""

    title: str
    artist: str
    album: str
    genre: str
    year: int
    seed: int
    bpm: float
    key: Key
    lines: dict[str, Line]
    sections: tuple[Section, ...]
    tunes: dict[str, Tune]
    comp: tuple[tuple[float, float], ...] = ((0, 2), (2, 2))
    """Rhythm of the line `comp`: start and length in beats within a bar."""
    arp: tuple[int, ...] = (0, 1, 2, 3)
    """Steps of the line `arp` over the tones of the chord."""
    arp_beats: float = 0.5
    walk: tuple[tuple[float, float, int], ...] = ((0, 2, 0), (2, 2, 4))
    """Line `bass` within a bar: start, length, scale steps above the root of the chord."""
    groove: Groove | None = None
    beats_per_bar: int = 4
    swing: float = 0.0
    """How late the second half of each beat is, in beats."""
    room_s: float = 1.8
    echo_beats: float = 0.75
    duck_db: float = 0.0
    """How far everything else gives way to each kick."""
    colours: tuple[str, str, str] = ("#20243a", "#e0a458", "#f4ead5")
    """Ground, shape and accent of the cover."""
