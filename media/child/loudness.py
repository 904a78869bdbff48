"""What the EBU R 128 meter reports, as values (ITU-R BS.1770-4; EBU Tech 3341, 3342)."""

from collections.abc import Mapping
from math import isfinite, log10

from msgspec import Struct

SILENCE_LUFS = -70.0
"""The meter's absolute gate: nothing below it counts, so an integrated value here means silence."""


class Loudness(Struct, frozen=True):
    """Loudness of a whole track."""

    integrated_lufs: float | None
    """None for a track too quiet or too short to have one."""
    range_lu: float | None
    true_peak_dbtp: float | None
    """Highest level between the samples; None for digital silence."""


def read_loudness(metadata: Mapping[str, str], channels: int) -> Loudness:
    """The last frame's metadata of FFmpeg's `ebur128` filter, as a value.

    The filter writes `lavfi.r128.I` and `lavfi.r128.LRA` in LUFS and LU, and one
    `lavfi.r128.true_peaks_ch{n}` per channel as a linear factor.
    """
    integrated = _number(metadata.get("lavfi.r128.I"))
    if integrated is not None and integrated <= SILENCE_LUFS:
        integrated = None
    peaks = [_number(metadata.get(f"lavfi.r128.true_peaks_ch{n}")) for n in range(channels)]
    highest = max((peak for peak in peaks if peak is not None), default=0.0)
    return Loudness(
        integrated_lufs=integrated,
        range_lu=None if integrated is None else _number(metadata.get("lavfi.r128.LRA")),
        true_peak_dbtp=round(20 * log10(highest), 2) if highest > 0 else None,
    )


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    value = float(text)
    return value if isfinite(value) else None
