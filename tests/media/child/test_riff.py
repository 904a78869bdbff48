from pathlib import Path

import pytest

from media.child.riff import promised_wav_ms
from tests.media.bad_files import wav_header
from tests.media.signals import sine, write_audio


def promised(tmp_path: Path, data: bytes) -> int | None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with path.open("rb") as file:
        return promised_wav_ms(file.fileno())


def test_the_promise_is_that_of_the_header_and_not_of_the_file(tmp_path: Path) -> None:
    data = write_audio(tmp_path / "song.wav", sine(4.0), kind="wav").read_bytes()
    assert promised(tmp_path, data) == 4_000
    assert promised(tmp_path, data[:5_000]) == 4_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        wav_header(data_bytes=0, body=bytes(99)),
        wav_header(data_bytes=0xFFFF_FFFF, body=bytes(99)),
        wav_header(rate_hz=0, data_bytes=99, body=bytes(99)),
        b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 1_000,
    ],
    ids=["empty", "cut", "no length", "unknown length", "no rate", "chunks for ever"],
)
def test_a_header_that_says_nothing_promises_nothing(tmp_path: Path, data: bytes) -> None:
    assert promised(tmp_path, data) is None
