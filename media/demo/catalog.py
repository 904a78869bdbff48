"""Writes the demo catalog into a folder: FLAC and one Ogg file, with tags and covers."""

import os
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from media.demo.artwork import draw_cover
from media.demo.instruments import RATE_HZ, Stereo
from media.demo.mixing import record
from media.demo.piece import Piece
from media.demo.pieces import PIECES
from media.demo.pieces.slow_orbit import SLOW_ORBIT
from media.demo.tagging import flac_with_cover, ogg_cover_tag, tags_of

OPUS_BPS = 160_000
OPUS_RATE_HZ = 48_000
"""The only rate of Opus."""


def synthesise_demo(folder: Path, *, processes: int | None = None) -> list[Path]:
    """Make what is missing of the demo catalog in `folder`; the paths of all of it. Blocks.

    Takes a few seconds: the pieces are made side by side in processes of their own. A file is there
    whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / file_name(number, piece) for number, piece in enumerate(PIECES, 1)]
    missing = [(number, path) for number, path in enumerate(paths) if not path.exists()]
    if missing:
        workers = processes or min(len(missing), os.cpu_count() or 1)
        # Spawned, for the caller may have threads; a fork would copy their locks.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(_make, *zip(*missing, strict=True)))
    return paths


def file_name(number: int, piece: Piece) -> str:
    """Such as `06 Slow Orbit.ogg`."""
    return f"{number:02d} {piece.title}.{_kind(piece)}"


def _kind(piece: Piece) -> str:
    return "ogg" if piece == SLOW_ORBIT else "flac"


def _make(index: int, path: Path) -> None:
    piece = PIECES[index]
    encode = _as_ogg if _kind(piece) == "ogg" else _as_flac
    data = encode(piece, record(piece))
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _as_flac(piece: Piece, samples: Stereo) -> bytes:
    flac = _encode(samples, "flac", "flac", "s16", RATE_HZ, None, tags_of(piece))
    return flac_with_cover(flac, draw_cover(piece))


def _as_ogg(piece: Piece, samples: Stereo) -> bytes:
    tags = {**tags_of(piece), **ogg_cover_tag(draw_cover(piece))}
    return _encode(samples, "ogg", "libopus", "flt", OPUS_RATE_HZ, OPUS_BPS, tags)


def _encode(
    samples: Stereo,
    muxer: str,
    codec: str,
    sample_format: str,
    rate_hz: int,
    bitrate_bps: int | None,
    tags: dict[str, str],
) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format=muxer) as container:
        stream = cast("AudioStream", container.add_stream(codec, rate=rate_hz))
        stream.metadata.update(tags)
        container.metadata.update(tags)
        context = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.layout = "stereo"
        context.format = sample_format
        context.time_base = Fraction(1, rate_hz)
        if bitrate_bps is not None:
            context.bit_rate = bitrate_bps
        context.open()
        shape = AudioResampler(sample_format, "stereo", rate_hz, context.frame_size or 4_096)
        position = 0
        for start in range(0, samples.shape[1] + RATE_HZ, RATE_HZ):
            block = np.ascontiguousarray(samples[:, start : start + RATE_HZ])
            for piece in shape.resample(_frame(block)):
                piece.pts = position
                position += piece.samples
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()


def _frame(block: Stereo) -> AudioFrame | None:
    """One second of samples; None, which ends a stream, after the last."""
    if block.shape[1] == 0:
        return None
    frame = AudioFrame.from_ndarray(block, "fltp", "stereo")
    frame.sample_rate = RATE_HZ
    return frame
