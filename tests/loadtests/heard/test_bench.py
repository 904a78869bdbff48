"""The bench measures itself: one sound on two cards, the second late by a known time."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from loadtests.heard.correlate import Ear
from loadtests.heard.figures import Hearing
from loadtests.heard.recorder import recording
from loadtests.heard.sound_server import RATE_HZ, sound_server
from tests.media.signals import music, write_audio

SECONDS = 3.0
LATE_SAMPLES = 1_234
FILE_HZ = 44_100


def test_a_known_offset_is_measured(tmp_path: Path) -> None:
    line = music(SECONDS, rate_hz=FILE_HZ, channels=1)[0] * np.float32(0.5)
    late = np.concatenate([np.zeros(LATE_SAMPLES, np.float32), line[:-LATE_SAMPLES]])
    path = write_audio(tmp_path / "two.wav", np.stack([line, late]), kind="wav")
    reference = np.interp(
        np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ, np.arange(line.size) / FILE_HZ, line
    )
    with sound_server(tmp_path / "sound", 2) as server:
        with recording(server, tmp_path / "heard.raw") as recorded:
            subprocess.run(
                ["paplay", f"--device={server.everybody}", "--channel-map=aux0,aux1", str(path)],
                env={**server.environment(), "PATH": "/usr/bin:/bin"},
                check=True,
            )
        ear = Ear(reference.astype(np.float32), RATE_HZ)
        tracks = [ear.follow(recorded.channel(number)) for number in range(2)]

    apart_ms = Hearing(tracks, [], []).apart_ms()
    known = apart_ms[np.isfinite(apart_ms)]

    assert known.size >= 20
    assert known == pytest.approx(LATE_SAMPLES / FILE_HZ * 1_000, abs=0.1)
