"""What pieces are written with: rows of chords, beats of a bar, and whose music it is."""

from media.demo.theory import Chord


def row(*chords: int | tuple[int, int]) -> tuple[Chord, ...]:
    """Chords by degree from 1, or (degree, number of tones)."""
    return tuple(Chord(c - 1) if isinstance(c, int) else Chord(c[0] - 1, c[1]) for c in chords)


def beats(*at: float) -> tuple[float, ...]:
    """Where in a bar something sounds, in beats from 0."""
    return at


EIGHTHS = beats(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
ARTIST = "The Veza House Band"
ALBUM = "Rooms with a View"
