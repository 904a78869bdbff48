"""Which rung a listener gets: by the throughput he reports and by how much he has buffered. Pure.

Up one rung while more than 8 s are buffered and the rung takes at most 0.7 of the estimate; down
while less than 4 s are buffered and the rung takes more than that, or at once when playback ran
dry. Both use the same share, so a constant throughput never makes a listener go up and down.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

USABLE_SHARE = 0.7
"""Of the estimate; the rest is for what the estimate does not know."""
UP_ABOVE_MS = 8_000
DOWN_BELOW_MS = 4_000
START_BPS = 128_000
"""The first rung, while nothing is known of the line, takes at most this."""
HOLD_REPORTS = 5
"""Reports after playback ran dry during which nobody goes up."""
_FAST = 0.5
_SLOW = 0.15
_MAX_BPS = 10**12


class Estimate(Struct, frozen=True):
    """Throughput as two moving averages; the lower one counts: quick to fall, slow to rise."""

    fast_bps: float
    slow_bps: float

    @property
    def bps(self) -> float:
        """What may be relied on."""
        return min(self.fast_bps, self.slow_bps)

    def with_sample(self, sample_bps: float) -> "Estimate":
        """The estimate after one more measurement; all of the same value leave it there."""
        return Estimate(
            self.fast_bps + _FAST * (sample_bps - self.fast_bps),
            self.slow_bps + _SLOW * (sample_bps - self.slow_bps),
        )


class Adaptation(Struct, frozen=True):
    """Where one listener stands."""

    rung: int
    """Index into his rungs, lowest bitrate first."""
    estimate: Estimate | None = None
    underruns: int = 0
    """How often playback has run dry, as he last told."""
    hold: int = 0
    """Reports left during which he does not go up."""


class Report(Struct, frozen=True):
    """What a listener says of himself."""

    throughput_bps: int | None
    """Of what arrived since the last report; None when nothing did."""
    buffer_ms: int
    """Sound at hand from the position on."""
    underruns: int = 0
    """How often playback has run dry since the player was opened."""


def start(bitrates_bps: Sequence[int]) -> Adaptation:
    """Before anything is known: the best rung of at most `START_BPS`, else the lowest.

    Args:
        bitrates_bps: of each rung, ascending, at least one.
    """
    return Adaptation(_best_within(bitrates_bps, START_BPS))


def adapt(bitrates_bps: Sequence[int], now: Adaptation, report: Report) -> Adaptation:
    """Where the listener stands after `report`.

    Args:
        bitrates_bps: of each rung, ascending, at least one.
        now: where he stood; a rung beyond the list counts as the last one.
        report: what he says.
    """
    estimate = _estimate(now.estimate, report.throughput_bps)
    current = min(now.rung, len(bitrates_bps) - 1)
    ran_dry = report.underruns > now.underruns
    after = Adaptation(current, estimate, report.underruns, max(now.hold - 1, 0))
    usable_bps = USABLE_SHARE * estimate.bps if estimate is not None else None
    if ran_dry:
        # What he lived through counts for more than what he measured.
        lower = max(current - 1, 0)
        if usable_bps is not None:
            lower = min(lower, _best_within(bitrates_bps, usable_bps))
        return replace(after, rung=lower, hold=HOLD_REPORTS)
    if usable_bps is None:
        return after
    if report.buffer_ms < DOWN_BELOW_MS and bitrates_bps[current] > usable_bps:
        return replace(after, rung=min(current, _best_within(bitrates_bps, usable_bps)))
    if report.buffer_ms > UP_ABOVE_MS and after.hold == 0 and current + 1 < len(bitrates_bps):
        return replace(after, rung=current + (bitrates_bps[current + 1] <= usable_bps))
    return after


def _estimate(before: Estimate | None, sample_bps: int | None) -> Estimate | None:
    if sample_bps is None:
        return before
    sample = float(min(sample_bps, _MAX_BPS))
    return Estimate(sample, sample) if before is None else before.with_sample(sample)


def _best_within(bitrates_bps: Sequence[int], limit_bps: float) -> int:
    """The last rung that fits into `limit_bps`; the lowest when none does."""
    return max((i for i, bps in enumerate(bitrates_bps) if bps <= limit_bps), default=0)
