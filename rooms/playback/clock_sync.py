"""From exchanges of timestamps to the offset of the hub's clock: pure, no clock is read here.

The same filter, with the same constants, is web/packages/client/src/clock/clock_filter.ts. It keeps
the better half of the samples by round trip, gives each a weight by how much longer than the best
its trip was, and fits a line through them, since two clocks differ by an offset and by a slope of
some tens of ppm. Against the mean of the best quarter by round trip it takes a fifth off the error
on 4G (tests/rooms/test_clock_sync.py); half of an asymmetry of the two ways stays, and nothing
removes it.
"""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import median

from msgspec import Struct

FIRST_EXCHANGES = 16
"""Exchanges at once when a client connects."""
WINDOW_MS = 90_000
"""Samples older than this are forgotten."""
KEPT_SHARE = 0.5
"""Share of the samples that is kept, by round trip."""
SIGMA_FLOOR_MS = 0.15
"""One sigma of the best possible sample: timestamps, event loops, drivers."""
MEDIAN_EXCESS_SHARE = 0.5
"""What the typical extra round trip of the kept samples adds to each one's sigma: sharper weights
trust a few lucky samples too much (on 4G 5 ms of audible offset became 0.8 ms with these)."""
OWN_EXCESS_SHARE = 0.5
"""What a sample's own extra round trip adds to its sigma: its error is at most half of it."""
SLOPE_SIGMA = 60e-6
"""One sigma of the slope between two quartz clocks before anything is measured: 60 ppm."""


class Exchange(Struct, frozen=True):
    """Asked and answered on the local clock, received and sent on the hub's; all ms."""

    t0: float
    """Local time of asking."""
    t1: float
    """Hub time of receiving."""
    t2: float
    """Hub time of answering."""
    t3: float
    """Local time of hearing the answer."""


class Sample(Struct, frozen=True):
    """What one exchange says of the offset."""

    at_ms: float
    """Local time in the middle of the exchange."""
    offset_ms: float
    """Hub time minus local time."""
    rtt_ms: float
    """Round trip without the time the hub took."""


class ClockFit(Struct, frozen=True):
    """The hub's clock as a line over the local one."""

    offset_ms: float
    """Hub time minus local time at `at_ms`."""
    slope: float
    """Change of the offset per local ms."""
    at_ms: float
    """Local time the offset is meant for."""
    spread_ms: float
    """One sigma of the offset as far as symmetric noise goes; asymmetry is invisible."""
    rtt_ms: float
    """The best round trip in the window."""
    samples: int
    """How many exchanges the window holds."""


def sample_of(exchange: Exchange) -> Sample:
    """The offset of one exchange, as if both ways took equally long (RFC 5905, section 8)."""
    t0, t1, t2, t3 = exchange.t0, exchange.t1, exchange.t2, exchange.t3
    return Sample(
        at_ms=(t0 + t3) / 2,
        offset_ms=((t1 - t0) + (t2 - t3)) / 2,
        rtt_ms=max(0.0, (t3 - t0) - (t2 - t1)),
    )


def keep(window: Sequence[Sample], sample: Sample) -> tuple[Sample, ...]:
    """The window after one more sample: what is too old goes."""
    oldest_ms = sample.at_ms - WINDOW_MS
    return (*(s for s in window if s.at_ms > oldest_ms), sample)


def fit(window: Sequence[Sample], now_ms: float) -> ClockFit | None:
    """The line through the window as it stands at local time `now_ms`; None without samples."""
    if not window:
        return None
    by_rtt = sorted(window, key=lambda s: s.rtt_ms)
    kept = by_rtt[: ceil(len(by_rtt) * KEPT_SHARE)]
    best_rtt_ms = kept[0].rtt_ms
    typical_ms = median(s.rtt_ms - best_rtt_ms for s in kept)
    floor_ms = SIGMA_FLOOR_MS + MEDIAN_EXCESS_SHARE * typical_ms
    points = [
        (s.at_ms - now_ms, s.offset_ms, floor_ms + OWN_EXCESS_SHARE * (s.rtt_ms - best_rtt_ms))
        for s in kept
    ]
    offset_ms, slope, spread_ms = _line(points)
    return ClockFit(offset_ms, slope, now_ms, spread_ms, best_rtt_ms, len(window))


def hub_time(fitted: ClockFit, local_ms: float) -> float:
    """Hub time at local time `local_ms`."""
    return local_ms + fitted.offset_ms + fitted.slope * (local_ms - fitted.at_ms)


def is_step(fitted: ClockFit, sample: Sample, tolerance_ms: float) -> bool:
    """True when the sample cannot belong to the line: a clock was set, or slept.

    The true offset lies within half a round trip of the measured one, whatever the network did.
    """
    expected_ms = fitted.offset_ms + fitted.slope * (sample.at_ms - fitted.at_ms)
    return abs(sample.offset_ms - expected_ms) > sample.rtt_ms / 2 + tolerance_ms


def _line(points: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Intercept, slope and sigma of the intercept, by weighted least squares over (x, y, sigma).

    A Gaussian prior of zero mean and `SLOPE_SIGMA` keeps a short window from inventing a slope.
    """
    y0 = points[0][1]  # Offsets can be of the order of 1e12: differences keep their digits.
    w = wx = wy = wxy = 0.0
    wxx = 1 / SLOPE_SIGMA**2
    for x, y, sigma in points:
        weight = 1 / sigma**2
        w += weight
        wx += weight * x
        wy += weight * (y - y0)
        wxx += weight * x * x
        wxy += weight * x * (y - y0)
    determinant = w * wxx - wx * wx
    slope = (w * wxy - wx * wy) / determinant
    intercept = (wxx * wy - wx * wxy) / determinant
    return y0 + intercept, slope, sqrt(wxx / determinant)
