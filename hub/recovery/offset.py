"""The offset of an event as a text: `snapshot~streamseq~streamseq…`, pure.

Hexadecimal numbers; a stream is a tag of eight characters. `7f3a2e9.2.1~0aZ_k3f91c` says: in the
life `7f3a` of the database, all that snapshot 2e9:2eb:2ea held, and of one stream all up to 0x1c.
"""

import base64
import re
from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

LIFE_CHARS = 4
TAG_CHARS = 8
LOST = b"!"
"""In place of an offset that would name too many streams: nobody can be recovered from it."""
MAX_CHARS = 8_192
MAX_SNAPSHOT_CHARS = 120
"""Beyond some twenty transactions under way the snapshot is not worth its bytes on every event."""

_SNAPSHOT = re.compile(r"([0-9a-z]{4})([0-9a-f]{1,16})((?:\.[0-9a-f]{1,16})*)")
_PLACE = re.compile(r"([0-9A-Za-z_-]{8})([0-9a-f]{1,16})")
_MAX_TRANSACTION = 2**63


class Offset(Struct, frozen=True):
    """What a client has seen."""

    life: str | None
    """Life of the database that `snapshot` belongs to; None: no snapshot."""
    snapshot: str | None
    """As PostgreSQL writes it: `xmin:xmax:xip,xip`. Without one, a stream that `seqs` does not name
    has brought nothing since it was subscribed to."""
    seqs: Mapping[str, int]
    """The last event seen, by tag, of the streams that stand elsewhere than in the snapshot."""


def tag_of(stream: str) -> str:
    """Eight characters for a stream's name: the random end of its UUIDv7."""
    return base64.urlsafe_b64encode(UUID(stream.partition(":")[2]).bytes[-6:]).decode()


def write_snapshot(life: str, snapshot: str) -> bytes | None:
    """The first part of offsets; None when it would be too long."""
    xmin, xmax, others = snapshot.split(":")
    first = int(xmin)
    numbers = [int(xmax) - first, *(int(xip) - first for xip in others.split(",") if xip)]
    if numbers == [0]:
        numbers = []
    text = f"{life}{first:x}" + "".join(f".{number:x}" for number in numbers)
    return text.encode() if len(text) <= MAX_SNAPSHOT_CHARS else None


def write_offset(snapshot: bytes, seqs: Mapping[str, int]) -> str:
    """The text of an offset."""
    return snapshot.decode() + "".join(f"~{tag}{seq:x}" for tag, seq in seqs.items())


def snapshot_part(text: str) -> bytes:
    """The first part of an offset, to write others with."""
    return text.partition("~")[0].encode()


def read_offset(text: str) -> Offset | None:
    """The offset of a text that a client brought; None when it is none of ours, or says nothing."""
    if len(text) > MAX_CHARS or text == LOST.decode():
        return None
    first, *places = text.split("~")
    seqs: dict[str, int] = {}
    for place in places:
        if (found := _PLACE.fullmatch(place)) is None:
            return None
        seqs[found[1]] = int(found[2], 16)
    if any(seq >= _MAX_TRANSACTION for seq in seqs.values()):
        return None
    if not first:
        return Offset(None, None, seqs)
    return _with_snapshot(first, seqs)


def _with_snapshot(first: str, seqs: Mapping[str, int]) -> Offset | None:
    if (found := _SNAPSHOT.fullmatch(first)) is None:
        return None
    xmin = int(found[2], 16)
    numbers = [xmin + int(number, 16) for number in found[3].split(".")[1:]] or [xmin]
    xmax, under_way = numbers[0], numbers[1:]
    if not 0 < xmin <= xmax < _MAX_TRANSACTION:
        return None
    if sorted(set(under_way)) != under_way or any(not xmin <= xip < xmax for xip in under_way):
        return None
    return Offset(found[1], f"{xmin}:{xmax}:{','.join(map(str, under_way))}", seqs)
