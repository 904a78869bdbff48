"""What to answer a listener who reports where his player really is: nothing, a nudge, or a jump.

Nudge, do not seek: a start 33 to 61 ms off was within 10 ms after 2.6 to 3.8 s at 3 % and stayed
within 2 ms, while seeking below 250 ms never converged (each seek costs a restart of its own).
"""

from typing import Literal

from msgspec import Struct

from rooms.errors import Invalid
from rooms.playback.commands import Report
from rooms.playback.state import START_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import RATE_DIGITS, position_at

DEAD_BAND_MS = 3
"""Below this nothing is corrected: it is the noise of a media element's clock."""
SEEK_FROM_MS = 250
"""From here on a jump is better than ten seconds of another tempo."""
MAX_NUDGE = 0.03
"""Largest share by which the rate is changed; with preserved pitch nobody notices 3 %."""
NUDGE_MS = 4_000
"""A nudge aims to be done in this time: before the next report."""
CLOCK_TOLERANCE_MS = 10_000
"""A report dated further away than this says that the listener's clock estimate is unusable."""


class Verdict(Struct, frozen=True, kw_only=True):
    """Answer to `playback:report`."""

    drift_ms: float | None
    """How far the listener is ahead of the others (negative: behind), in ms of the track. Null when
    there is nothing to compare: another item, or a change that is about to take effect."""
    action: Literal["none", "rate", "seek"]
    rate: float | None = None
    """rate: play at this until `at_ms`, then at the shared rate again."""
    position_ms: float | None = None
    """seek: be at this position at `at_ms`."""
    at_ms: int | None = None
    """Server time."""
    report_in_ms: int | None = None
    """When to report again, in an auditorium; null: as usual, every 5 to 10 s."""


def judge(playback: PlaybackState, report: Report, now_ms: int) -> Verdict:
    """Compares a report with the shared timeline.

    Raises:
        Invalid: the report is dated in another time than ours.
    """
    if abs(report.at_ms - now_ms) > CLOCK_TOLERANCE_MS:
        raise Invalid.field(
            "at_ms", "CLOCK", "This is not the hub's time. Measure the clock again (clock:ping)."
        )
    settled = report.at_ms >= playback.at_ms and now_ms >= playback.at_ms
    if playback.item_id != report.item_id.lower() or not settled:
        return Verdict(drift_ms=None, action="none")
    line = line_of(playback)
    drift_ms = round(report.position_ms - position_at(line, report.at_ms), RATE_DIGITS)
    if abs(drift_ms) >= SEEK_FROM_MS:
        return _jump(playback, drift_ms, now_ms)
    if not line.running or abs(drift_ms) < DEAD_BAND_MS:
        return Verdict(drift_ms=drift_ms, action="none")
    return _nudge(playback.rate, drift_ms, now_ms)


def _jump(playback: PlaybackState, drift_ms: float, now_ms: int) -> Verdict:
    """Meet the others a moment later, when the player has loaded that place."""
    at_ms = now_ms + START_LEAD_MS
    position_ms = position_at(line_of(playback), at_ms)
    if playback.status == "playing" and position_ms >= playback.duration_ms:
        return Verdict(drift_ms=drift_ms, action="none")  # the next item begins before that
    return Verdict(drift_ms=drift_ms, action="seek", position_ms=position_ms, at_ms=at_ms)


def _nudge(rate: float, drift_ms: float, now_ms: int) -> Verdict:
    """As gently as `NUDGE_MS` allows, and no longer than the drift needs."""
    share = min(MAX_NUDGE, abs(drift_ms) / (rate * NUDGE_MS))
    towards = -share if drift_ms > 0 else share
    nudged = round(rate * (1 + towards), 5)
    for_ms = abs(drift_ms) / abs(nudged - rate)
    return Verdict(drift_ms=drift_ms, action="rate", rate=nudged, at_ms=now_ms + round(for_ms))
