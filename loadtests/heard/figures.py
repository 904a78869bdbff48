"""What the tracks of several listeners say: how far apart they are, and when. Pure."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from loadtests.heard.correlate import HOP_S, WINDOW_S, Track
from loadtests.heard.standstills import Standstill

ON_THE_LINE_S = 0.5
"""Who is further away from what the room plays is elsewhere, not late."""
TOGETHER_MS = 5.0
STAYS_S = 1.0
FIRST_WITHIN_S = 3.0
_JOINT_S = 1.5
RESTED_S = 15.0
"""After a standstill what a browser says of its output wanders for this long, and it is all that a
player can go by (web/packages/client/src/web_audio/output_map.ts)."""


class Turn(Struct, frozen=True):
    """The room's playback changed: from then on it follows this line. Times in the recording."""

    kind: str
    """start, resume, seek, joint, pause."""
    at_s: float
    music_s: float
    """Where in the music the line is at `at_s`."""


class Joining(Struct, frozen=True):
    """Somebody came later."""

    listener: int
    at_s: float


class Spread(Struct, frozen=True):
    """How far apart listeners were, ms: the first from the last, each `HOP_S`."""

    windows: int
    p50_ms: float
    p95_ms: float
    max_ms: float


def spread(apart_ms: NDArray[np.float64]) -> Spread:
    """Percentiles of what is known; NaN when nothing is."""
    known = apart_ms[np.isfinite(apart_ms)]
    if known.size == 0:
        return Spread(0, np.nan, np.nan, np.nan)
    p50, p95 = np.percentile(known, [50, 95])
    return Spread(int(known.size), float(p50), float(p95), float(known.max()))


class Hearing:
    """Listeners of one recording on a common grid of windows."""

    def __init__(
        self,
        tracks: Sequence[Track],
        turns: Sequence[Turn],
        joinings: Sequence[Joining],
        standstills: Sequence[Standstill] = (),
    ) -> None:
        count = min(track.at_s.size for track in tracks)
        self.at_s = tracks[0].at_s[:count]
        self.position_s = np.stack([track.position_s[:count] for track in tracks])
        self.silent = np.stack([track.silent[:count] for track in tracks])
        self.turns, self.joinings, self.standstills = turns, joinings, standstills
        self.rested = np.ones(count, bool)
        """Windows that no standstill of the machine has touched."""
        for still in standstills:
            end_s = still.at_s + still.lasted_s + RESTED_S
            self.rested &= ~self._within(still.at_s - WINDOW_S, end_s)

    def is_rested(self, begin_s: float, end_s: float) -> bool:
        """Whether no standstill touches this stretch."""
        return all(
            still.at_s > end_s or still.at_s + still.lasted_s + RESTED_S < begin_s
            for still in self.standstills
        )

    def apart_ms(self, positions_s: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """First from last among those recognised; NaN where fewer than two are."""
        given = self.position_s if positions_s is None else positions_s
        known = np.isfinite(given).sum(axis=0) >= 2
        highest = np.max(np.where(np.isfinite(given), given, -np.inf), axis=0, initial=-np.inf)
        lowest = np.min(np.where(np.isfinite(given), given, np.inf), axis=0, initial=np.inf)
        with np.errstate(invalid="ignore"):
            return np.where(known, (highest - lowest) * 1_000, np.nan)

    def settled(self, settle_s: float, *, whatever: bool = False) -> Spread:
        """Apart while nothing happened for `settle_s`: no turn but joints, nobody just come.

        Standstills count only with `whatever`.
        """
        quiet = np.ones(self.at_s.size, bool) if whatever else self.rested
        for turn in self.turns:
            if turn.kind != "joint":
                quiet = quiet & ~self._within(turn.at_s - WINDOW_S, turn.at_s + settle_s)
        positions = self.position_s.copy()
        for joining in self.joinings:
            new = self._within(joining.at_s - WINDOW_S, joining.at_s + settle_s)
            positions[joining.listener, new] = np.nan
        return spread(np.where(quiet, self.apart_ms(positions), np.nan))

    def unknown_share(self, listener: int) -> float:
        """Share of the windows with sound in which nothing was recognised; standstills apart."""
        sounding = ~self.silent[listener] & self.rested
        missed = sounding & ~np.isfinite(self.position_s[listener])
        return float(missed.sum() / max(1, sounding.sum()))

    def skew_ms(self, turn: Turn) -> float:
        """Apart in the first window after a turn in which all who sound soon are recognised."""
        after = self._within(turn.at_s + WINDOW_S / 2, turn.at_s + FIRST_WITHIN_S)
        line_s = turn.music_s + self.at_s - turn.at_s
        here = np.abs(self.position_s - line_s) < ON_THE_LINE_S
        new = {
            joining.listener
            for joining in self.joinings
            if 0 <= turn.at_s - joining.at_s < FIRST_WITHIN_S + ON_THE_LINE_S
        }
        old = np.array([number not in new for number in range(len(self.position_s))])
        present = (here & after).any(axis=1) & old
        if present.sum() < 2:
            return float("nan")
        all_here = after & here[present].all(axis=0)
        if not all_here.any():
            return float("nan")
        return float(self.apart_ms(self.position_s[present])[np.argmax(all_here)])

    def together_s(self, joining: Joining) -> float:
        """From joining until within `TOGETHER_MS` of the others and staying there for a while."""
        others = np.delete(self.position_s, joining.listener, axis=0)
        middle = np.full(self.at_s.size, np.nan)
        known = np.isfinite(others).any(axis=0)
        middle[known] = np.nanmedian(others[:, known], axis=0)
        off_ms = np.abs(self.position_s[joining.listener] - middle) * 1_000
        hold = int(STAYS_S / HOP_S)
        for i in np.flatnonzero(self.at_s - WINDOW_S / 2 >= joining.at_s):
            stretch = off_ms[i : i + hold]
            near = stretch[np.isfinite(stretch)]
            if np.isfinite(off_ms[i]) and near.size >= hold / 2 and (near <= TOGETHER_MS).all():
                return float(self.at_s[i] - WINDOW_S / 2 - joining.at_s)
        return float("nan")

    def passes_s(self, listener: int, turn: Turn) -> float:
        """When this listener is where the line is at the turn; the line's time if unknown."""
        off_s = np.abs(self.position_s[listener] - turn.music_s)
        if not np.isfinite(off_s).any():
            return turn.at_s
        nearest = int(np.nanargmin(off_s))
        return float(self.at_s[nearest] + turn.music_s - self.position_s[listener, nearest])

    def step_samples(self, listener: int, at_s: float, rate_hz: int) -> float:
        """By how many samples the position jumps at a joint: less means missing sound doubled.

        Two straight lines through the windows before and after, and their distance at the joint.
        """
        here = np.isfinite(self.position_s[listener])
        half = WINDOW_S / 2 + HOP_S / 2
        before = here & self._within(at_s - _JOINT_S - half, at_s - half)
        after = here & self._within(at_s + half, at_s + half + _JOINT_S)
        if before.sum() < 4 or after.sum() < 4:
            return float("nan")
        lines = [
            np.polyfit(self.at_s[side] - at_s, self.position_s[listener, side] - self.at_s[side], 1)
            for side in (before, after)
        ]
        return float((lines[1][1] - lines[0][1]) * rate_hz)

    def drift_ppm(self, listener: int, settle_s: float) -> float:
        """Steepest way away from the recorder's clock over the stretches between turns, ppm."""
        marks = [turn.at_s for turn in self.turns if turn.kind != "joint"]
        marks += [joining.at_s for joining in self.joinings if joining.listener == listener]
        edges = sorted([*marks, float(self.at_s[-1])])
        slopes = [0.0]
        for begin_s, end_s in pairwise(edges):
            known = np.isfinite(self.position_s[listener]) & self.rested
            part = known & self._within(begin_s + settle_s, end_s - WINDOW_S)
            if part.sum() * HOP_S >= 8:
                at_s = self.at_s[part]
                off_s = self.position_s[listener, part] - at_s
                slopes.append(float(np.polyfit(at_s, off_s, 1)[0]) * 1e6)
        return max(slopes, key=abs)

    def _within(self, begin_s: float, end_s: float) -> NDArray[np.bool_]:
        return np.asarray((self.at_s >= begin_s) & (self.at_s <= end_s))


def first_sound_s(sound: NDArray[np.float32], rate_hz: int, from_s: float) -> float:
    """When it is first loud enough to be heard after `from_s` s, which is silent; NaN for never."""
    start = int(max(0.0, from_s) * rate_hz)
    loud = np.abs(sound[start:]) > 10 ** (-50 / 20)
    return (start + int(np.argmax(loud))) / rate_hz if loud.any() else float("nan")
