"""From a piece to its notes: chords voiced, motifs varied, drums struck by uneven hands.

Deterministic: the same piece gives the same notes.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from media.demo.piece import Hit, Line, Piece, Section, Tune
from media.demo.theory import Chord, Key, nearest_tone, progression

_CENTRES = {"pad": 60.0, "comp": 64.0, "arp": 67.0}
_UNEVEN_BEATS = 0.012


class Note(NamedTuple):
    """One sound of one line."""

    line: str
    start_beats: float
    length_beats: float
    midi: int
    strength: float


class Strike(NamedTuple):
    """One hit of one drum."""

    drum: str
    start_beats: float
    strength: float


class Score(NamedTuple):
    """Everything that is played."""

    notes: list[Note]
    strikes: list[Strike]
    length_beats: float


def arrange(piece: Piece) -> Score:
    """All notes of a piece, in no particular order."""
    random = Random(piece.seed)  # noqa: S311  # music, not secrets
    notes: list[Note] = []
    strikes: list[Strike] = []
    at_beats = 0.0
    for number, section in enumerate(piece.sections):
        chords = _chords(piece, section)
        for name, line in piece.lines.items():
            if name in section.plays:
                played = _play(piece, section, name, line, chords, random)
                notes += [
                    Note(name, at_beats + start, length, midi, strength * section.energy)
                    for start, length, midi, strength in played
                ]
        if "drums" in section.plays and piece.groove is not None:
            strikes += [
                strike._replace(start_beats=strike.start_beats + at_beats)
                for strike in _drums(piece, section, random, is_first=number == 0)
            ]
        at_beats += section.bars * piece.beats_per_bar
    notes = [_by_hand(note, piece, random) for note in notes]
    strikes = [s._replace(start_beats=_swung(s.start_beats, piece.swing)) for s in strikes]
    return Score(notes, strikes, at_beats)


Played = Iterator[tuple[float, float, int, float]]
"""Start and length in beats from the start of the section, MIDI number, strength."""


class _Held(NamedTuple):
    """A chord and when it sounds within its section."""

    chord: Chord
    voiced: tuple[int, ...]
    start_beats: float
    length_beats: float


def _chords(piece: Piece, section: Section) -> list[_Held]:
    length = section.bars_per_chord * piece.beats_per_bar
    count = round(section.bars / section.bars_per_chord)
    row = tuple(section.chords[n % len(section.chords)] for n in range(count))
    voiced = progression(row, piece.key, 60.0)
    return [
        _Held(c, v, n * length, length) for n, (c, v) in enumerate(zip(row, voiced, strict=True))
    ]


def _play(
    piece: Piece, section: Section, name: str, line: Line, chords: list[_Held], random: Random
) -> Played:
    shift = 12 * line.octave
    match name:
        case "pad":
            for held in chords:
                for midi in held.voiced:
                    yield held.start_beats, held.length_beats, midi + shift, 0.7
        case "comp":
            yield from _comp(piece, section, chords, shift)
        case "arp":
            yield from _arpeggio(piece, chords, shift)
        case "bass":
            yield from _bass(piece, section, chords, shift)
        case "tune" | "second":
            if section.tune is not None:
                tune = piece.tunes[section.tune]
                third = -2 if name == "second" else 0
                yield from _melody(piece, section, tune, chords, shift, third, random)


def _held_at(chords: list[_Held], beat: float) -> _Held:
    return next((h for h in reversed(chords) if h.start_beats <= beat + 1e-6), chords[0])


def _comp(piece: Piece, section: Section, chords: list[_Held], shift: int) -> Played:
    for bar in range(section.bars):
        for start, length in piece.comp:
            beat = bar * piece.beats_per_bar + start
            for voice, midi in enumerate(_held_at(chords, beat).voiced):
                # Strummed: the upper voices a moment later.
                yield beat + 0.012 * voice, length, midi + shift, 0.75 if start == 0 else 0.62


def _arpeggio(piece: Piece, chords: list[_Held], shift: int) -> Played:
    for held in chords:
        tones = [*held.voiced, held.voiced[0] + 12, held.voiced[1] + 12]
        steps = round(held.length_beats / piece.arp_beats)
        for n in range(steps):
            midi = tones[piece.arp[n % len(piece.arp)] % len(tones)]
            strength = 0.8 if n % len(piece.arp) == 0 else 0.6
            yield held.start_beats + n * piece.arp_beats, piece.arp_beats, midi + shift, strength


def _bass(piece: Piece, section: Section, chords: list[_Held], shift: int) -> Played:
    for bar in range(section.bars):
        for start, length, steps in piece.walk:
            beat = bar * piece.beats_per_bar + start
            root = _held_at(chords, beat).chord.root
            low = root - 7 if root > 3 else root
            midi = piece.key.pitch(low + steps) - 24
            yield beat, length, midi + shift, 0.9 if start == 0 else 0.75


def _melody(
    piece: Piece,
    section: Section,
    tune: Tune,
    chords: list[_Held],
    shift: int,
    third: int,
    random: Random,
) -> Played:
    """The motif and its variations in phrases of four: A, A', B, A''."""
    unit = max(1, round(max(s + n for s, n, _ in tune) / piece.beats_per_bar)) * piece.beats_per_bar
    count = section.bars * piece.beats_per_bar // unit
    for n in range(count):
        is_last = n % 4 == 3 or n == count - 1
        phrase = _varied(tune, n % 4, random, is_again=n >= 4)
        for index, (start, length, degree) in enumerate(phrase):
            beat = n * unit + start
            chord = _held_at(chords, beat).chord
            on_the_beat = start % 1 == 0 or length >= 1
            sung = nearest_tone(degree, chord) if on_the_beat else degree
            if is_last and index == len(phrase) - 1:
                sung = nearest_tone(0 if abs(sung) < 4 else 7, chord)
                length = max(length, unit - start - 0.25)  # the phrase comes to rest
            midi = piece.key.pitch(sung + third) + shift
            yield beat, length, midi, 0.85 if start % 2 == 0 else 0.7


def _varied(
    tune: Tune, place: int, random: Random, *, is_again: bool
) -> list[tuple[float, float, int]]:
    """The motif at its place in the phrase; more ornate when the phrase comes again."""
    match place:
        case 0:
            notes = list(tune)
        case 1:  # as before, but it ends by turning upwards
            notes = [*tune[:-1], (tune[-1][0], tune[-1][1], tune[-1][2] + 2)]
        case 2:  # the answer: upside down around its first note, a third higher
            first = tune[0][2]
            notes = [(s, n, first + 2 - (d - first)) for s, n, d in tune]
        case _:  # a step lower, on the way home
            notes = [(s, n, d - 1 if s > 0 else d) for s, n, d in tune]
    if not is_again:
        return notes
    ornate = []
    for start, length, degree in notes:
        if length >= 1 and random.random() < 0.35:
            half = length / 2
            ornate += [(start, half, degree), (start + half, half, degree + random.choice((-1, 1)))]
        else:
            ornate.append((start, length, degree))
    return ornate


def _drums(piece: Piece, section: Section, random: Random, *, is_first: bool) -> Iterator[Strike]:
    groove = piece.groove
    assert groove is not None
    if not is_first and section.energy >= 0.85:
        yield Strike("crash", 0.0, 0.8)
    for bar in range(section.bars):
        hits: list[Hit] = list(groove.hits) if bar % groove.bars == 0 else []
        if bar % 8 == 7 or bar == section.bars - 1:
            hits += groove.fill
        for hit in hits:
            for beat in hit.beats:
                at_beats = bar * piece.beats_per_bar + beat
                is_inside = at_beats < section.bars * piece.beats_per_bar
                if is_inside and random.random() < hit.chance:
                    strength = hit.strength * random.uniform(0.85, 1.0) * section.energy
                    yield Strike(hit.drum, at_beats, strength)


def _by_hand(note: Note, piece: Piece, random: Random) -> Note:
    start = _swung(note.start_beats, piece.swing) + random.uniform(0, _UNEVEN_BEATS)
    return note._replace(start_beats=start, strength=note.strength * random.uniform(0.88, 1.0))


def _swung(beat: float, swing: float) -> float:
    """The second half of a beat comes late."""
    return beat + swing if swing and 0.4 < beat % 1 < 0.6 else beat


def key_name(key: Key) -> str:
    """As the catalog writes keys: `A`, `F#m`."""
    name = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")[key.tonic % 12]
    return name + ("m" if key.scale in {"minor", "dorian"} else "")
