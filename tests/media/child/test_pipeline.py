import threading
from pathlib import Path

import pytest

from media.child.messages import (
    Analysed,
    InitMade,
    Limits,
    Message,
    Progressed,
    SegmentMade,
    Transcoded,
)
from media.child.pipeline import QUEUE_FRAMES, transcode
from media.child.probe import open_source
from media.child.refusal import Refused
from media.transcode.ladder import ladder_for
from tests.media.signals import music, write_audio


def run(path: Path, send: object, limits: Limits | None = None) -> None:
    with path.open("rb") as file, open_source(file.fileno(), Limits()) as probed:
        transcode(probed, ladder_for(probed.source), limits or Limits(), send)  # type: ignore[arg-type]  # any callable


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audio(tmp_path_factory.mktemp("song") / "song.flac", music(10.0))


def test_every_rung_comes_in_order_and_the_end_comes_last(song: Path) -> None:
    said: list[Message] = []
    run(song, said.append)
    assert said[-1] == Transcoded(441_000, 44_100)
    assert sum(isinstance(message, Analysed) for message in said) == 1
    for rung in ("low", "medium", "high", "lossless"):
        kinds = [m for m in said if getattr(m, "rung", None) == rung]
        assert isinstance(kinds[0], InitMade)
        segments = [m for m in kinds[1:] if isinstance(m, SegmentMade)]
        assert [m.index for m in segments] == [0, 1, 2]


def test_no_thread_outlives_the_work(song: Path) -> None:
    before = threading.active_count()
    run(song, lambda message: None)
    assert threading.active_count() == before


def test_an_error_in_one_branch_ends_all_and_is_raised(song: Path) -> None:
    def send(message: Message) -> None:
        if isinstance(message, SegmentMade) and message.rung == "medium":
            raise BrokenPipeError("the parent is gone")

    before = threading.active_count()
    with pytest.raises(BrokenPipeError):
        run(song, send)
    assert threading.active_count() == before


def test_a_refusal_on_the_way_ends_all_branches(song: Path) -> None:
    before = threading.active_count()
    with pytest.raises(Refused, match="longer than 6 seconds"):
        run(song, lambda message: None, Limits(max_duration_ms=6_000))
    assert threading.active_count() == before


def test_a_parent_that_does_not_read_stops_the_decoder(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "long.flac", music(60.0))
    gate = threading.Event()
    stuck = threading.Event()
    decoded_ms: list[int] = []

    def send(message: Message) -> None:
        match message:
            case Progressed():
                decoded_ms.append(message.decoded_ms)
            case SegmentMade():
                stuck.set()
                gate.wait(30)

    worker = threading.Thread(target=run, args=(path, send))
    worker.start()
    assert stuck.wait(20)
    # Every branch is stuck on its first segment; the decoder may fill the queues and no more.
    worker.join(1.5)
    ahead_ms = max(decoded_ms, default=0)
    gate.set()
    worker.join(60)
    assert not worker.is_alive()
    frame_ms = 4_608 / 44.1
    assert ahead_ms < 8_200 + QUEUE_FRAMES * frame_ms
