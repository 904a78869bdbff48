"""The offset as a text: what is written is read back, what a stranger writes is harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.recovery.offset import (
    LOST,
    MAX_CHARS,
    MAX_SNAPSHOT_CHARS,
    read_offset,
    snapshot_part,
    tag_of,
    write_offset,
    write_snapshot,
)

tags = st.text(alphabet="abcXYZ019-_", min_size=8, max_size=8)
places = st.dictionaries(tags, st.integers(0, 2**50), max_size=5)


@st.composite
def snapshots(draw: st.DrawFn) -> str:
    xmin = draw(st.integers(3, 2**40))
    others = draw(st.lists(st.integers(0, 30), unique=True, max_size=4).map(sorted))
    xmax = xmin + (others[-1] + draw(st.integers(1, 5)) if others else 0)
    return f"{xmin}:{xmax}:{','.join(str(xmin + other) for other in others)}"


@given(snapshots(), places)
def test_what_is_written_is_read_back(snapshot: str, seqs: dict[str, int]) -> None:
    first = write_snapshot("k3f9", snapshot)
    assert first is not None
    text = write_offset(first, seqs)

    offset = read_offset(text)

    assert offset is not None
    assert (offset.life, offset.snapshot, offset.seqs) == ("k3f9", snapshot, seqs)
    assert snapshot_part(text) == first


@given(places)
def test_before_the_first_snapshot_there_is_none(seqs: dict[str, int]) -> None:
    offset = read_offset(write_offset(b"", seqs))

    assert offset is not None
    assert (offset.life, offset.snapshot, offset.seqs) == (None, None, seqs)


@given(st.text(max_size=60) | st.text(alphabet="0123456789abcdef.~_-!", max_size=60))
def test_whatever_a_client_brings_is_read_or_refused(text: str) -> None:
    offset = read_offset(text)

    if offset is not None and offset.snapshot is not None:
        xmin, xmax, others = offset.snapshot.split(":")
        under_way = [int(other) for other in others.split(",") if other]
        assert 0 < int(xmin) <= int(xmax) < 2**63
        assert all(int(xmin) <= other < int(xmax) for other in under_way)


@pytest.mark.parametrize(
    "text",
    [
        LOST.decode(),
        "k3f9",
        "k3f90",
        "k3f9a.0.0",
        "k3f9a.2.1.1",
        "k3f9a.3.2.1",
        "k3f9ffffffffffffffff",
        "k3f9a~short1",
        "k3f9a~abcdefghffffffffffffffff",
        "~" * (MAX_CHARS + 1),
    ],
)
def test_what_is_no_offset_places_nobody(text: str) -> None:
    assert read_offset(text) is None


def test_a_snapshot_with_many_transactions_under_way_is_not_worth_its_bytes() -> None:
    others = range(1_000, 1_400, 10)
    snapshot = f"1000:1400:{','.join(map(str, others))}"

    assert write_snapshot("k3f9", snapshot) is None
    assert len(write_snapshot("k3f9", "1000:1400:1000,1002") or b"") < MAX_SNAPSHOT_CHARS


def test_a_stream_is_called_by_the_random_end_of_its_id() -> None:
    name = "room:0192e4a0-0000-7000-8000-00deadbeef01"

    assert tag_of(name) == "AN6tvu8B"
    assert tag_of("user:" + name[5:]) == tag_of(name)
