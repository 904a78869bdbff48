"""Figures of one run beside what is asked of them. Pure."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from loadtests.heard.correlate import Ear, Wave
from loadtests.heard.figures import (
    FIRST_WITHIN_S,
    Hearing,
    Joining,
    Spread,
    Turn,
    first_sound_s,
)
from loadtests.heard.joints import step_s
from loadtests.heard.music import TRACK_RATE_HZ
from loadtests.heard.sound_server import RATE_HZ

Engine = Literal["graph", "media"]


class Asked(Struct, frozen=True):
    """At most this much; better still is `aim`."""

    at_most: float
    aim: float


class Figure(Struct, frozen=True):
    """One figure of a run."""

    name: str
    unit: str
    values: tuple[float, ...]
    """Every one that was measured; the worst is judged."""
    asked: Asked | None = None

    @property
    def worst(self) -> float:
        """The one furthest from zero; NaN when one of them could not be measured."""
        if not self.values or any(math.isnan(value) for value in self.values):
            return math.nan
        return max(self.values, key=abs)

    @property
    def verdict(self) -> str:
        """One of aim reached, reached, NOT reached; empty when nothing is asked."""
        if self.asked is None or not self.values:
            return ""
        size = abs(self.worst)
        if size <= self.asked.aim:
            return "aim reached"
        return "reached" if size <= self.asked.at_most else "NOT reached"


SETTLE_S = {"lan": 5.0, "wifi": 5.0, "4g": 8.0}
"""After this nothing that happened may be heard any more; also what a late joiner is given."""
_APART = {"lan": Asked(5, 2), "wifi": Asked(5, 2), "4g": Asked(10, 8)}
_MIXED = Asked(12, 8)
NEW_FOR_S = 15.0
"""So long a newcomer may still be corrected, which hides what happens at a joint."""
LEAD_S = 1.0
"""Before a turn everybody gets ready for it."""
STRETCH_S = 2.0
"""About a joint."""
_SKEW = {"lan": Asked(5, 2), "wifi": Asked(5, 2), "4g": Asked(10, 2)}
_MIXED_SKEW = Asked(12, 2)
"""Asked for is the aim alone; what is heard later is the least that must hold here, too."""
_FIRST_SOUND = Asked(2, 2)
_TOGETHER = {"lan": Asked(5, 2), "wifi": Asked(5, 2), "4g": Asked(8, 4)}
_JOINT = Asked(0.99, 0.5)
"""Less than one sample: none is missing and none is doubled."""


def figures(
    network: str, engines: Sequence[Engine], hearing: Hearing, sounds: Sequence[Wave], ear: Ear
) -> tuple[Spread, list[Figure]]:
    """What a run has shown."""
    settled = hearing.settled(SETTLE_S[network])
    is_mixed = len(set(engines)) > 1
    apart = _MIXED if is_mixed else _APART[network]
    skew = _MIXED_SKEW if is_mixed else _SKEW[network]
    found = [
        Figure("apart p50", "ms", (settled.p50_ms,)),
        Figure("apart p95", "ms", (settled.p95_ms,), apart),
        Figure("apart max", "ms", (settled.max_ms,)),
    ]
    if hearing.standstills:
        lasted_s = tuple(still.lasted_s for still in hearing.standstills)
        whatever = hearing.settled(SETTLE_S[network], whatever=True)
        found += [
            Figure("machine stood still", "s", lasted_s),
            Figure("apart p95 with that", "ms", (whatever.p95_ms,)),
        ]
    for kind in ("start", "resume", "seek"):
        skews = tuple(_skews(hearing, kind))
        found.append(Figure(f"skew at {kind}", "ms", skews, skew))
    found += [
        Figure("late: first sound", "s", tuple(_first_sounds(hearing, sounds)), _FIRST_SOUND),
        Figure("late: within 5 ms", "s", tuple(_together(hearing)), _TOGETHER[network]),
        Figure("joint, graph", "samples", tuple(_gaps(hearing, engines, sounds, ear)), _JOINT),
        Figure("joint, media", "samples", tuple(_steps(hearing, engines))),
        Figure("drift", "ppm", tuple(_drifts(hearing, network))),
        Figure("not recognised", "%", tuple(_unknown(hearing))),
    ]
    return settled, [figure for figure in found if figure.values]


def _skews(hearing: Hearing, kind: str) -> Iterator[float]:
    for turn in hearing.turns:
        if turn.kind == kind and hearing.is_rested(turn.at_s - LEAD_S, turn.at_s + FIRST_WITHIN_S):
            yield hearing.skew_ms(turn)


def _first_sounds(hearing: Hearing, sounds: Sequence[Wave]) -> Iterator[float]:
    for joining in _rested_joinings(hearing):
        # Who comes back by loading his page anew may still sound for a moment.
        sound = sounds[joining.listener]
        silent_s = _silent_from_s(sound, joining.at_s)
        yield first_sound_s(sound, RATE_HZ, silent_s) - joining.at_s


def _silent_from_s(sound: Wave, from_s: float) -> float:
    """When it is silent for the first time after `from_s`, for a twentieth of a second."""
    step = RATE_HZ // 20
    start = int(from_s * RATE_HZ)
    while start + step < sound.size and np.abs(sound[start : start + step]).max() > 1e-4:
        start += step
    return start / RATE_HZ


def _together(hearing: Hearing) -> Iterator[float]:
    return (hearing.together_s(joining) for joining in _rested_joinings(hearing))


def _rested_joinings(hearing: Hearing) -> Iterator[Joining]:
    return (
        each for each in hearing.joinings if hearing.is_rested(each.at_s, each.at_s + NEW_FOR_S)
    )


def _gaps(
    hearing: Hearing, engines: Sequence[Engine], sounds: Sequence[Wave], ear: Ear
) -> Iterator[float]:
    for turn, listener in _crossings(hearing, engines, "graph"):
        at_s = hearing.passes_s(listener, turn)
        missing_s = step_s(ear, sounds[listener], RATE_HZ, at_s, turn.music_s)
        yield missing_s * TRACK_RATE_HZ


def _steps(hearing: Hearing, engines: Sequence[Engine]) -> Iterator[float]:
    """A media element's joint is no matter of samples: where it is a second before and after."""
    for turn, listener in _crossings(hearing, engines, "media"):
        yield hearing.step_samples(listener, turn.at_s, TRACK_RATE_HZ)


def _crossings(
    hearing: Hearing, engines: Sequence[Engine], engine: Engine
) -> Iterator[tuple[Turn, int]]:
    """Who with this engine hears one track follow another."""
    for turn in hearing.turns:
        if not hearing.is_rested(turn.at_s - STRETCH_S, turn.at_s + STRETCH_S):
            continue
        for listener, own in enumerate(engines):
            if turn.kind == "joint" and own == engine and not _is_new(hearing, listener, turn.at_s):
                yield turn, listener


def _is_new(hearing: Hearing, listener: int, at_s: float) -> bool:
    """Whether he is not there yet, or has come so lately that he is still being brought near."""
    own = [joining.at_s for joining in hearing.joinings if joining.listener == listener]
    return bool(own) and (at_s < own[0] or any(0 <= at_s - came_s < NEW_FOR_S for came_s in own))


def _drifts(hearing: Hearing, network: str) -> Iterator[float]:
    for listener in range(hearing.position_s.shape[0]):
        yield hearing.drift_ppm(listener, SETTLE_S[network])


def _unknown(hearing: Hearing) -> Iterator[float]:
    for listener in range(hearing.position_s.shape[0]):
        yield 100 * hearing.unknown_share(listener)
