"""From notes to a stereo recording: placed, in a room, balanced, as loud as other music."""

from functools import lru_cache

import av
import numpy as np
from av.audio.frame import AudioFrame

from media.demo.arrangement import Score, arrange
from media.demo.drums import drum
from media.demo.instruments import RATE_HZ, VOICES, Mono, Stereo
from media.demo.piece import Piece

TARGET_LUFS = -14.0
CEILING = 10 ** (-1.2 / 20)
"""Highest sample; true peaks lie a few tenths of a dB above."""
_TAIL_S = 3.5
_BLOCK = 64


def record(piece: Piece) -> Stereo:
    """The piece as float32, shape (2, samples), at RATE_HZ; about -14 LUFS, no clipping."""
    score = arrange(piece)
    beat_s = 60 / piece.bpm
    count = int((score.length_beats * beat_s + _TAIL_S) * RATE_HZ)
    band = np.zeros((2, count), np.float32)
    room = np.zeros((1, count // 2), np.float32)
    _play_notes(piece, score, beat_s, band, room)
    _send_drums(score, beat_s, room)
    _reverberate(room, piece.room_s, piece.seed, band)
    if piece.duck_db:
        band *= _ducking(score, beat_s, count, piece.duck_db)
    for strike in score.strikes:
        start = int(strike.start_beats * beat_s * RATE_HZ)
        _add(band, start, drum(strike.drum) * np.float32(strike.strength))
    return _mastered(band)


def _play_notes(piece: Piece, score: Score, beat_s: float, band: Stereo, room: Mono) -> None:
    places = {
        name: (np.float32(10 ** (line.gain_db / 20)), _pan(line.pan), line)
        for name, line in piece.lines.items()
    }
    echo_samples = int(piece.echo_beats * beat_s * RATE_HZ)
    for note in score.notes:
        gain, sides, line = places[note.line]
        # Rounded lengths: the same note is synthesised once and heard many times.
        seconds = round(note.length_beats * beat_s, 2)
        sound = _voice(line.voice, note.midi, seconds) * (sides * gain * np.float32(note.strength))
        start = int(note.start_beats * beat_s * RATE_HZ)
        _add(band, start, sound)
        if line.room:
            _send(room, start, sound, line.room)
        if line.echo:
            # Repeats cross from side to side and fade.
            for n in range(1, 5):
                crossed = sound[::-1] if n % 2 else sound
                _add(band, start + n * echo_samples, crossed * np.float32(line.echo * 0.55**n))


@lru_cache(maxsize=600)
def _voice(name: str, midi: int, seconds: float) -> Stereo:
    return VOICES[name](midi, seconds).astype(np.float32)


def _send_drums(score: Score, beat_s: float, room: Mono) -> None:
    """A little of everything but the kick, which would make the room boom."""
    for strike in score.strikes:
        if "kick" not in strike.drum:
            start = int(strike.start_beats * beat_s * RATE_HZ)
            _send(room, start, drum(strike.drum), 0.08 * strike.strength)


def _add(track: Stereo, start: int, sound: Stereo) -> None:
    end = min(start + sound.shape[1], track.shape[1])
    if end > start:
        track[:, start:end] += sound[:, : end - start]


def _send(room: Mono, start: int, sound: Stereo, share: float) -> None:
    """Into the room, in mono and at half the rate: walls swallow what lies above 11 kHz."""
    half = (sound[:1, ::2] + sound[1:, ::2]) * np.float32(share / 2)
    _add(room, start // 2, half)


def _pan(pan: float) -> Stereo:
    angle = (pan + 1) * np.pi / 4
    return np.asarray(np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2), np.float32)


def _reverberate(room: Mono, seconds: float, seed: int, band: Stereo) -> None:
    """Add the room: convolution with noise that fades, its treble first (overlap-add)."""
    response = _room(seconds, seed)
    size = 1 << 18
    step = size - response.shape[1] + 1
    spectrum = np.fft.rfft(response, size)
    count = room.shape[1]
    out = np.zeros((2, count + size), np.float32)
    for start in range(0, count, step):
        block = np.fft.rfft(room[0, start : start + step], size)
        out[:, start : start + size] += np.fft.irfft(spectrum * block, size)
    # Back at the full rate: every other sample is the mean of its neighbours.
    even, odd = band[:, 0::2], band[:, 1::2]
    even += out[:, : even.shape[1]]
    odd += (out[:, : odd.shape[1]] + out[:, 1 : odd.shape[1] + 1]) / 2


@lru_cache(maxsize=16)
def _room(seconds: float, seed: int) -> Stereo:
    rate_hz = RATE_HZ / 2
    count = int(seconds * rate_hz)
    times = np.arange(count) / rate_hz
    random = np.random.default_rng(seed)
    noise = random.standard_normal((2, count))
    dull = np.apply_along_axis(lambda side: np.convolve(side, np.ones(5) / 5, "same"), 1, noise)
    brightness = np.exp(-times * 5 / seconds)
    tail = (brightness * noise + (1 - brightness) * 2 * dull) * np.exp(-times * 6.9 / seconds)
    tail[:, : int(0.012 * rate_hz)] *= 0.1  # the walls are four metres away
    return np.asarray(tail / np.sqrt((tail**2).sum(axis=1, keepdims=True)) * 0.9, np.float32)


def _ducking(score: Score, beat_s: float, count: int, depth_db: float) -> Mono:
    """Gain that falls at each kick and comes back within a beat."""
    dip = np.float32(1 - 10 ** (-depth_db / 20))
    length = int(beat_s * 0.9 * RATE_HZ)
    shape = 1 - dip * (1 - np.linspace(0, 1, length, dtype=np.float32)) ** 1.6
    gain = np.ones(count, np.float32)
    for strike in score.strikes:
        if strike.drum == "kick":
            start = int(strike.start_beats * beat_s * RATE_HZ)
            part = gain[start : start + length]
            np.minimum(part, shape[: part.size], out=part)
    return gain


def _mastered(mix: Stereo) -> Stereo:
    """Glued by a soft saturation, brought to the target, held under the ceiling."""
    mix /= np.float32(np.sqrt(np.vdot(mix, mix) / mix.size) * 5.5)
    np.tanh(mix, out=mix)
    mix *= np.float32(10 ** ((TARGET_LUFS - loudness_lufs(mix)) / 20))
    if max(mix.max(), -mix.min()) > CEILING:
        mix = _limited(mix)
    fade = int(0.4 * RATE_HZ)
    mix[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** 2
    return mix


def _limited(mix: Stereo) -> Stereo:
    """Look-ahead limiter: the gain is down before the peak comes, and up again in 80 ms."""
    count = mix.shape[1] // _BLOCK * _BLOCK
    peaks = np.abs(mix[:, :count]).reshape(2, -1, _BLOCK).max(axis=(0, 2))
    needed = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    width = int(0.08 * RATE_HZ / _BLOCK)
    padded = np.pad(needed, width, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).min(axis=1)
    smooth = np.convolve(np.pad(lowest, width // 2, mode="edge"), np.ones(width) / width, "valid")
    gain = np.interp(np.arange(mix.shape[1]) / _BLOCK, np.arange(smooth.size), smooth)
    return np.clip(mix * gain.astype(np.float32), -CEILING, CEILING)


def loudness_lufs(mix: Stereo) -> float:
    """Integrated loudness by FFmpeg's meter (ITU-R BS.1770)."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
    meter = graph.add("ebur128", "metadata=1:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    lufs = -70.0
    for start in range(0, mix.shape[1], RATE_HZ):
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(mix[:, start : start + RATE_HZ]), "fltp", "stereo"
        )
        frame.sample_rate = RATE_HZ
        graph.push(frame)
        while True:
            try:
                lufs = float(graph.pull().metadata.get("lavfi.r128.I", lufs))
            except (av.BlockingIOError, av.EOFError):
                break
    return lufs
