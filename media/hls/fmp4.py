"""Fragmented MP4 with one audio track, written box by box (ISO/IEC 14496-12 and 23000-19).

Pure: coded frames in, bytes out. FFmpeg's own muxer cuts a fragment a fixed time after the first
*coded* frame, encoder priming included; then AAC and FLAC fragments start up to 3,072 samples apart
and a change of rung leaves a hole. Here the caller says where a fragment ends.

    init segment   ftyp, moov (an edit list hides the priming)
    media segment  moof (tfdt: decode time in samples, priming included), mdat
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

Codec = Literal["aac", "flac"]

_TRACK_ID = 1
_UNITY_MATRIX = bytes.fromhex(
    "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000"
)
_SYNC_SAMPLE = 0x0200_0000
"""sample_depends_on = 2: every audio frame stands alone (14496-12 §8.6.4)."""


class AudioFormat(Struct, frozen=True):
    """What a decoder must know before the first frame."""

    codec: Codec
    sample_rate_hz: int
    channels: int
    config: bytes
    """AAC: AudioSpecificConfig. FLAC: the 34 bytes of STREAMINFO."""
    priming_samples: int = 0
    """Samples at the start of the coded stream that are not part of the music."""
    bitrate_bps: int = 0
    """Nominal; 0 when unknown."""
    bits_per_sample: int = 16


class CodedFrame(NamedTuple):
    """One frame as the encoder made it."""

    payload: bytes
    duration_samples: int


def init_segment(audio: AudioFormat) -> bytes:
    """`ftyp` and `moov` of a track without samples of its own."""
    ftyp = _box(b"ftyp", b"iso6", _u32(0), b"iso6", b"cmfc", b"mp41")
    trak = _box(b"trak", _tkhd(), _edts(audio.priming_samples), _mdia(audio))
    trex = _full_box(b"trex", 0, 0, _u32(_TRACK_ID), _u32(1), _u32(0), _u32(0), _u32(_SYNC_SAMPLE))
    return ftyp + _box(b"moov", _mvhd(audio.sample_rate_hz), trak, _box(b"mvex", trex))


def media_segment(number: int, decode_time_samples: int, frames: Sequence[CodedFrame]) -> bytes:
    """`moof` and `mdat` of one fragment; `number` counts from 1, times include the priming."""
    durations = {frame.duration_samples for frame in frames}
    default_duration = frames[0].duration_samples
    # data-offset and sizes always; durations only where they differ (the end of a track).
    if len(durations) == 1:
        trun_flags = 0x0000_0201
        entries = b"".join(_u32(len(frame.payload)) for frame in frames)
    else:
        trun_flags = 0x0000_0301
        entries = b"".join(
            _u32(frame.duration_samples) + _u32(len(frame.payload)) for frame in frames
        )
    head = _box(b"mfhd", _u32(0), _u32(number))
    # default-base-is-moof, default duration, default flags
    tfhd = _full_box(
        b"tfhd", 0, 0x02_0028, _u32(_TRACK_ID), _u32(default_duration), _u32(_SYNC_SAMPLE)
    )
    tfdt = _full_box(b"tfdt", 1, 0, decode_time_samples.to_bytes(8, "big"))
    trun_size = 12 + 4 + 4 + len(entries)
    traf_size = 8 + len(tfhd) + len(tfdt) + trun_size
    moof_size = 8 + len(head) + traf_size
    trun = _full_box(b"trun", 0, trun_flags, _u32(len(frames)), _u32(moof_size + 8), entries)
    moof = _box(b"moof", head, _box(b"traf", tfhd, tfdt, trun))
    return moof + _box(b"mdat", *(frame.payload for frame in frames))


def codecs_parameter(codec: Codec) -> str:
    """What CODECS says of a rung (RFC 6381; `fLaC` as registered for FLAC in ISO files)."""
    return "mp4a.40.2" if codec == "aac" else "fLaC"


def _mvhd(timescale_hz: int) -> bytes:
    return _full_box(
        b"mvhd",
        0,
        0,
        _u32(0) * 2,
        _u32(timescale_hz),
        _u32(0),
        _u32(0x0001_0000),
        _u16(0x0100),
        bytes(10),
        _UNITY_MATRIX,
        bytes(24),
        _u32(_TRACK_ID + 1),
    )


def _tkhd() -> bytes:
    return _full_box(
        b"tkhd",
        0,
        0x7,
        _u32(0) * 2,
        _u32(_TRACK_ID),
        _u32(0),
        _u32(0),
        bytes(8),
        _u16(0),
        _u16(0),
        _u16(0x0100),
        _u16(0),
        _UNITY_MATRIX,
        _u32(0) * 2,
    )


def _edts(priming_samples: int) -> bytes:
    """Presentation starts after the priming; duration 0 means: as long as the fragments are."""
    if priming_samples == 0:
        return b""
    entry = _u32(0) + _u32(priming_samples) + _u16(1) + _u16(0)
    return _box(b"edts", _full_box(b"elst", 0, 0, _u32(1), entry))


def _mdia(audio: AudioFormat) -> bytes:
    undetermined_language = _u16(0x55C4)
    mdhd = _full_box(
        b"mdhd",
        0,
        0,
        _u32(0) * 2,
        _u32(audio.sample_rate_hz),
        _u32(0),
        undetermined_language,
        _u16(0),
    )
    hdlr = _full_box(b"hdlr", 0, 0, _u32(0), b"soun", bytes(12), b"SoundHandler\0")
    smhd = _full_box(b"smhd", 0, 0, bytes(4))
    dref = _full_box(b"dref", 0, 0, _u32(1), _full_box(b"url ", 0, 1))
    stbl = _box(
        b"stbl",
        _full_box(b"stsd", 0, 0, _u32(1), _sample_entry(audio)),
        _full_box(b"stts", 0, 0, _u32(0)),
        _full_box(b"stsc", 0, 0, _u32(0)),
        _full_box(b"stsz", 0, 0, _u32(0), _u32(0)),
        _full_box(b"stco", 0, 0, _u32(0)),
    )
    return _box(b"mdia", mdhd, hdlr, _box(b"minf", smhd, _box(b"dinf", dref), stbl))


def _sample_entry(audio: AudioFormat) -> bytes:
    # The field has 16 bits; a rate that does not fit is written as 0 and read from the codec.
    rate_hz = audio.sample_rate_hz if audio.sample_rate_hz <= 0xFFFF else 0
    common = (
        bytes(6)
        + _u16(1)
        + bytes(8)
        + _u16(audio.channels)
        + _u16(audio.bits_per_sample)
        + bytes(4)
        + _u32(rate_hz << 16)
    )
    if audio.codec == "aac":
        return _box(b"mp4a", common, _esds(audio))
    last_block_streaminfo = bytes([0x80]) + len(audio.config).to_bytes(3, "big")
    return _box(b"fLaC", common, _full_box(b"dfLa", 0, 0, last_block_streaminfo, audio.config))


def _esds(audio: AudioFormat) -> bytes:
    """Elementary stream descriptor (ISO/IEC 14496-1 §7.2.6.5): AAC, with its configuration."""
    specific = _descriptor(0x05, audio.config)
    decoder = _descriptor(
        0x04,
        bytes([0x40, 0x15]),
        bytes(3),
        _u32(audio.bitrate_bps),
        _u32(audio.bitrate_bps),
        specific,
    )
    return _full_box(
        b"esds",
        0,
        0,
        _descriptor(0x03, _u16(_TRACK_ID), bytes(1), decoder, _descriptor(0x06, b"\x02")),
    )


def _descriptor(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    assert len(body) < 0x80  # one length byte is enough for everything written here
    return bytes([tag, len(body)]) + body


def _full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, bytes([version]) + flags.to_bytes(3, "big"), *parts)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _u32(len(body) + 8) + kind + body


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")
