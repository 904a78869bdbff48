"""Reads ISO boxes back, independently of what wrote them."""

from collections.abc import Iterator

CONTAINERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"}


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[str, bytes]]:
    """Path and body of every box, containers before what is in them: `moov/trak/tkhd`."""
    end = len(data) if end is None else end
    while start < end:
        size = int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        assert 8 <= size <= end - start, (kind, size)
        yield kind.decode(), data[start + 8 : start + size]
        if kind in CONTAINERS:
            for path, body in boxes(data, start + 8, start + size):
                yield f"{kind.decode()}/{path}", body
        start += size


def box(data: bytes, path: str) -> bytes:
    """Body of the one box at `path`."""
    (body,) = [found for where, found in boxes(data) if where == path]
    return body


def number(data: bytes, start: int, size: int = 4) -> int:
    return int.from_bytes(data[start : start + size], "big")


def decode_time(segment: bytes) -> int:
    """Base media decode time of a fragment (version 1)."""
    return number(box(segment, "moof/traf/tfdt"), 4, 8)


def frame_sizes_and_durations(segment: bytes) -> tuple[list[int], list[int]]:
    """Size and duration of each frame, as a player would read them."""
    trun = box(segment, "moof/traf/trun")
    flags, count = number(trun, 1, 3), number(trun, 4)
    default = number(box(segment, "moof/traf/tfhd"), 8)
    position = 12
    sizes, durations = [], []
    for _ in range(count):
        duration = default
        if flags & 0x100:
            duration = number(trun, position)
            position += 4
        sizes.append(number(trun, position))
        durations.append(duration)
        position += 4
    assert position == len(trun)
    return sizes, durations
