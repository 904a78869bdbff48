"""Which rungs a source gets: pure rules over what is known of the source.

Low, medium and high are AAC-LC, lossless is FLAC, all in fragmented MP4. A rung above the source's
own bitrate would only be larger, so there is none; a source that is already lossy has no lossless
rung. All rungs of a track are cut at the same instants, so that a player may change rung at any of
them.
"""

from typing import Literal

from msgspec import Struct

from media.hls.fmp4 import Codec

RungName = Literal["low", "medium", "high", "lossless"]
AacCoder = Literal["twoloop", "fast"]

RUNG_NAMES: tuple[RungName, ...] = ("low", "medium", "high", "lossless")

STEPS_BPS: dict[RungName, int] = {"low": 64_000, "medium": 128_000, "high": 256_000}

SEGMENT_SAMPLES = 176_128
"""Length of a segment at 44.1 or 48 kHz: 172 AAC frames of 1,024 = 43 FLAC frames of 4,096 (3.99 s
at 44.1 kHz). Scaled with the rate, so that a segment is 3.7 to 5.5 s at any rate."""

FLAC_FRAMES_PER_SEGMENT = 43

PREROLL_SAMPLES = 2_048
"""Silence encoded before the first sample. FFmpeg's AAC encoder damages the first ~1,000 samples of
a stream that begins loud; on five recordings this silence cut that error to a fifth at 128
kbit/s."""

AAC_ENCODER_DELAY_SAMPLES = 1_024

AAC_PRIMING_SAMPLES = PREROLL_SAMPLES + AAC_ENCODER_DELAY_SAMPLES
"""3,072: exactly three AAC frames, so segments still end on frame boundaries."""

_NOMINAL_SLACK = 0.85
"""A file of 112 kbit/s, or a VBR one a little under 128, still deserves the rung of 128."""

_AAC_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

_LOSSLESS_CODECS = frozenset({"flac", "alac", "wavpack", "tta", "ape", "mlp", "truehd"})
_LOSSY_PCM = frozenset({"pcm_alaw", "pcm_mulaw", "pcm_vidc"})


class Source(Struct, frozen=True):
    """What the probe found out about an uploaded file."""

    container: str
    """FFmpeg's name of the demuxer, such as `flac` or `mov,mp4,m4a,3gp,3g2,mj2`."""
    codec: str
    """FFmpeg's name of the codec, such as `mp3` or `pcm_s24le`."""
    sample_rate_hz: int
    channels: int
    bitrate_bps: int
    """Of the audio stream; 0 when nothing in the file says."""
    bits_per_sample: int
    """16 or 24: how much of the source the lossless rung must carry."""
    claimed_duration_ms: int | None = None
    """What the headers say; the decoded length is the truth."""

    @property
    def is_lossless(self) -> bool:
        """True when decoding gives back what the producer had."""
        if self.codec in _LOSSY_PCM:
            return False
        return self.codec in _LOSSLESS_CODECS or self.codec.startswith("pcm_")


class Rung(Struct, frozen=True):
    """One codec and bitrate of a track's ladder."""

    name: RungName
    codec: Codec
    bitrate_bps: int
    """Target of an AAC rung; for FLAC an upper bound, replaced by what was measured at the end."""
    sample_rate_hz: int
    channels: int
    segment_samples: int
    """Samples of music in each segment but the last."""
    priming_samples: int
    """Coded samples before the music; they lie in the first segment on top of `segment_samples`."""
    bits_per_sample: int = 16
    aac_coder: AacCoder = "fast"

    @property
    def flac_frame_samples(self) -> int:
        """FLAC frame length with which frames and segments end together."""
        return self.segment_samples // FLAC_FRAMES_PER_SEGMENT


def ladder_for(source: Source) -> tuple[Rung, ...]:
    """The rungs of `source`, lowest first; never empty.

    Example: an MP3 of 192 kbit/s at 44.1 kHz gives low and medium; a CD in FLAC gives all four; a
    96 kHz WAV gives three AAC rungs at 48 kHz and FLAC at 96 kHz, cut at the same instants.
    """
    base_rate_hz, multiple = _base_rate(source.sample_rate_hz)
    channels = min(source.channels, 2)
    names = [name for name in STEPS_BPS if _is_worth(name, source, base_rate_hz, channels)]
    rungs = [_aac_rung(name, base_rate_hz, channels) for name in names or ["low"]]
    if source.is_lossless and source.channels <= 2:
        rungs.append(_flac_rung(source, base_rate_hz, multiple))
    return tuple(rungs)


def _is_worth(name: RungName, source: Source, rate_hz: int, channels: int) -> bool:
    step_bps = STEPS_BPS[name]
    # AAC has at most 6,144 bits per channel and frame of 1,024 samples (ISO/IEC 14496-3 §4.5.3).
    most_bps = 6_144 * channels * rate_hz // 1_024
    if step_bps > most_bps:
        return False
    if source.is_lossless or source.bitrate_bps == 0:
        return True
    return step_bps * _NOMINAL_SLACK <= source.bitrate_bps


def _aac_rung(name: RungName, rate_hz: int, channels: int) -> Rung:
    return Rung(
        name=name,
        codec="aac",
        bitrate_bps=STEPS_BPS[name],
        sample_rate_hz=rate_hz,
        channels=channels,
        segment_samples=_segment_samples(rate_hz),
        priming_samples=AAC_PRIMING_SAMPLES,
        # FFmpeg's documentation: `fast` is worse at low bitrates, better and twice as fast above.
        aac_coder="twoloop" if name == "low" else "fast",
    )


def _flac_rung(source: Source, base_rate_hz: int, multiple: int) -> Rung:
    rate_hz = base_rate_hz * multiple
    return Rung(
        name="lossless",
        codec="flac",
        bitrate_bps=rate_hz * source.channels * source.bits_per_sample,
        sample_rate_hz=rate_hz,
        channels=source.channels,
        segment_samples=_segment_samples(base_rate_hz) * multiple,
        priming_samples=0,
        bits_per_sample=source.bits_per_sample,
    )


def _base_rate(source_rate_hz: int) -> tuple[int, int]:
    """The rate of the AAC rungs, and how many times it the lossless rung's rate is.

    A whole multiple keeps one clock for the whole ladder. A rate that is in no family (37,800 Hz)
    goes up to the next usual one: rounding it down would lose treble.
    """
    for multiple in (1, 2, 4):
        rate_hz, rest = divmod(source_rate_hz, multiple)
        if rest == 0 and rate_hz in _AAC_RATES_HZ:
            return rate_hz, multiple
    return next((rate for rate in _AAC_RATES_HZ if rate >= source_rate_hz), 48_000), 1


def _segment_samples(rate_hz: int) -> int:
    if rate_hz >= 32_000:
        return SEGMENT_SAMPLES
    return SEGMENT_SAMPLES // 2 if rate_hz >= 16_000 else SEGMENT_SAMPLES // 4
