"""Keys, chords and how one leads to the next. Pure."""

from msgspec import Struct

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}


class Key(Struct, frozen=True):
    """A scale on a tonic."""

    tonic: int
    """MIDI number of degree 0, near middle C."""
    scale: str

    def pitch(self, degree: int) -> int:
        """MIDI number of a scale degree; 7 is the tonic an octave up."""
        octave, step = divmod(degree, 7)
        return self.tonic + SCALES[self.scale][step] + 12 * octave


class Chord(Struct, frozen=True):
    """Thirds stacked on a degree of the key."""

    root: int
    size: int = 3
    """3 for a triad, 4 for a seventh, 5 for a ninth."""

    @property
    def degrees(self) -> tuple[int, ...]:
        return tuple(self.root + 2 * n for n in range(self.size))


def nearest_tone(degree: int, chord: Chord) -> int:
    """The chord tone, in any octave, that is nearest to `degree`; of two the lower one."""
    tones = {tone % 7 for tone in chord.degrees}
    return min(
        (degree + step for step in range(-3, 4) if (degree + step) % 7 in tones),
        key=lambda tone: (abs(tone - degree), tone),
    )


def voicing(chord: Chord, key: Key, centre: float) -> tuple[int, ...]:
    """The chord as MIDI numbers, each tone in the octave nearest to `centre`, low to high.

    With the mean of the chord before as `centre`, voices move little: nobody leaps.
    """
    pitches = set()
    for degree in chord.degrees:
        pitch = key.pitch(degree)
        pitches.add(pitch + 12 * round((centre - pitch) / 12))
    return tuple(sorted(pitches))


def progression(chords: tuple[Chord, ...], key: Key, centre: float) -> list[tuple[int, ...]]:
    """Voicings of a row of chords, each led from the one before."""
    voiced = []
    at = centre
    for chord in chords:
        pitches = voicing(chord, key, at)
        voiced.append(pitches)
        # Half-way back to the register, or a long row would drift out of it.
        at = (sum(pitches) / len(pitches) + centre) / 2
    return voiced
