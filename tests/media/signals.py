"""Sounds with known answers, and files of every kind made of them."""

import io
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32, shape (channels, samples), full scale ±1."""

CONTAINERS = {
    # name: (muxer, codec, sample format)
    "wav": ("wav", "pcm_s16le", "s16"),
    "wav24": ("wav", "pcm_s24le", "s32"),
    "wavf32": ("wav", "pcm_f32le", "flt"),
    "flac": ("flac", "flac", "s16"),
    "flac24": ("flac", "flac", "s32"),
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "m4a": ("ipod", "aac", "fltp"),
    "alac": ("ipod", "alac", "s16p"),
    "aac": ("adts", "aac", "fltp"),
    "opus": ("ogg", "libopus", "flt"),
    "oggflac": ("ogg", "flac", "s16"),
    "mka": ("matroska", "flac", "s16"),
}


def sine(
    seconds: float,
    *,
    hz: float = 997.0,
    rate_hz: int = 44_100,
    channels: int = 2,
    dbfs: float = -23.0,
) -> Samples:
    """A sine of `hz` at a peak of `dbfs`, alike in all channels."""
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * times)
    return np.tile(wave.astype(np.float32), (channels, 1))


def music(seconds: float, *, rate_hz: int = 44_100, channels: int = 2, seed: int = 1) -> Samples:
    """Pink-like noise with a beat: loud from its first sample, and like itself nowhere else."""
    random = np.random.default_rng(seed)
    count = int(seconds * rate_hz)
    spectrum = np.fft.rfft(random.standard_normal((channels, count)))
    spectrum /= np.sqrt(1 + np.arange(spectrum.shape[1]) * rate_hz / count / 200)
    wave = np.fft.irfft(spectrum, count)
    beat = 0.6 + 0.4 * np.cos(2 * np.pi * 2 * np.arange(count) / rate_hz)
    wave *= beat / np.abs(wave).max() * 0.8
    return wave.astype(np.float32)


def silence(seconds: float, *, rate_hz: int = 44_100, channels: int = 2) -> Samples:
    """Digital silence."""
    return np.zeros((channels, int(seconds * rate_hz)), np.float32)


def write_audio(
    path: Path,
    samples: Samples,
    *,
    rate_hz: int = 44_100,
    kind: str = "flac",
    bitrate_bps: int = 192_000,
    tags: dict[str, str] | None = None,
) -> Path:
    """A file of `kind` (a key of CONTAINERS) with `samples` in it."""
    muxer, codec, sample_format = CONTAINERS[kind]
    layouts = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
    layout = layouts[samples.shape[0]]
    with av.open(str(path), "w", format=muxer) as container:
        container.metadata.update(tags or {})
        coded_hz = 48_000 if codec == "libopus" else rate_hz  # the only rate Opus knows
        stream = cast("AudioStream", container.add_stream(codec, rate=coded_hz))
        context = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.layout = layout
        context.format = sample_format
        context.time_base = Fraction(1, coded_hz)
        if codec in {"libmp3lame", "aac", "libopus"}:
            context.bit_rate = bitrate_bps
        context.open()
        shape = AudioResampler(sample_format, layout, coded_hz, context.frame_size or 4_096)
        position = 0
        for start in range(0, samples.shape[1], 44_100):
            block = np.ascontiguousarray(samples[:, start : start + 44_100])
            frame = AudioFrame.from_ndarray(block, "fltp", layout)
            frame.sample_rate = rate_hz
            for piece in shape.resample(frame):
                piece.pts = position
                position += piece.samples
                container.mux(stream.encode(piece))
        for piece in shape.resample(None):
            piece.pts = position
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def write_silence(path: Path, seconds: int, *, rate_hz: int, channels: int = 2) -> Path:
    """FLAC of nothing in the largest frames there are: two hours of it are 93 KB."""
    layout = {1: "mono", 2: "stereo"}[channels]
    with av.open(str(path), "w", format="flac") as container:
        options = {"frame_size": "65535"}
        stream = container.add_stream("flac", rate=rate_hz, options=options)
        context = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.layout = layout
        context.format = "s16"
        block = np.zeros((1, 65_535 * channels), np.int16)
        position, end = 0, seconds * rate_hz
        while position < end:
            count = min(65_535, end - position)
            frame = AudioFrame.from_ndarray(block[:, : count * channels], "s16", layout)
            frame.sample_rate = rate_hz
            frame.pts = position
            position += count
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_audio(source: Path | bytes, *, rate_hz: int | None = None) -> Samples:
    """Everything FFmpeg decodes of a file, at its own rate or at `rate_hz`."""
    file = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with av.open(file) as container:
        assert isinstance(container, InputContainer)
        stream = container.streams.audio[0]
        context = stream.codec_context
        shape = AudioResampler("fltp", context.layout, rate_hz or context.sample_rate)
        blocks = [
            piece.to_ndarray()
            for frame in [*container.decode(stream), None]
            for piece in shape.resample(frame)
        ]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def offset_samples(heard: Samples, expected: Samples) -> int:
    """By how many samples `heard` comes late, by cross-correlation of the first channel."""
    count = min(heard.shape[1], expected.shape[1])
    size = 1 << (2 * count - 1).bit_length()
    a = np.fft.rfft(heard[0, :count], size)
    b = np.fft.rfft(expected[0, :count], size)
    lag = int(np.argmax(np.fft.irfft(a * np.conj(b), size)))
    return lag if lag < size // 2 else lag - size


def rms(samples: Samples) -> float:
    """Root mean square over everything."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
