"""RFC 6455 on the server's side: the cases of the Autobahn test suite, groups 1 to 7, as a table.

The numbers are those of autobahntestsuite 25.10.1. Every case runs twice: in one piece, and byte
by byte, as the suite's own "octet-wise chops".
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.frames import (
    BINARY,
    CLOSE,
    FAULT,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameReader,
    close_frame,
    close_payload,
    frame,
    unmask,
)
from tests.hub.engine.wire import masked

GREEK = "κόσμε".encode()
TOO_HIGH = b"\xf4\x90\x80\x80"  # U+110000


def fault(code: int) -> list[tuple[int, int]]:
    return [(FAULT, code)]


def header(first: int, second: int = 0x80) -> bytes:
    return bytes([first, second]) + b"\0\0\0\0"


def fragments(opcode: int, *parts: bytes) -> bytes:
    last = len(parts) - 1
    return b"".join(
        masked(opcode if number == 0 else 0, part, fin=number == last)
        for number, part in enumerate(parts)
    )


CASES = {
    **{
        f"1.{group}.{n} {opcode=} {size=}": (
            masked(opcode, b"*" * size),
            [(opcode, b"*" * size)],
        )
        for group, opcode in ((1, TEXT), (2, BINARY))
        for n, size in enumerate((0, 125, 126, 127, 128, 65_535, 65_536), 1)
    },
    "2.1 ping": (masked(PING, b""), [(PING, b"")]),
    "2.2 ping with text": (masked(PING, b"Hello"), [(PING, b"Hello")]),
    "2.3 ping with binary": (masked(PING, b"\0\xff\xfe"), [(PING, b"\0\xff\xfe")]),
    "2.4 ping of 125 bytes": (masked(PING, b"\xfe" * 125), [(PING, b"\xfe" * 125)]),
    "2.5 ping of 126 bytes": (masked(PING, b"\xfe" * 126), fault(1002)),
    "2.7 unsolicited pong": (masked(PONG, b""), [(PONG, b"")]),
    "2.10 ten pings": (masked(PING, b"x") * 10, [(PING, b"x")] * 10),
    "3.1 rsv 1": (header(0xC1), fault(1002)),
    "3.2 rsv 2 after a message": (
        masked(TEXT, b"Hello") + header(0xA1),
        [(TEXT, b"Hello"), (FAULT, 1002)],
    ),
    "3.4 rsv 4": (header(0x91), fault(1002)),
    "3.6 rsv on binary": (header(0xE2), fault(1002)),
    "3.7 rsv on close": (header(0xF8), fault(1002)),
    **{f"4.1 opcode {opcode}": (header(0x80 | opcode), fault(1002)) for opcode in (3, 4, 5, 6, 7)},
    **{
        f"4.2 opcode {opcode}": (
            masked(TEXT, b"a") + header(0x80 | opcode),
            [(TEXT, b"a"), (FAULT, 1002)],
        )
        for opcode in (11, 12, 13, 14, 15)
    },
    "5.1 ping in fragments": (fragments(PING, b"a", b"b"), fault(1002)),
    "5.2 pong in fragments": (fragments(PONG, b"a", b"b"), fault(1002)),
    "5.3 text in two fragments": (fragments(TEXT, b"ab", b"cd"), [(TEXT, b"abcd")]),
    "5.6 ping between fragments": (
        masked(TEXT, b"ab", fin=False) + masked(PING, b"?") + masked(0, b"cd"),
        [(PING, b"?"), (TEXT, b"abcd")],
    ),
    "5.9 unsolicited continuation": (masked(0, b"non") + masked(TEXT, b"a"), fault(1002)),
    "5.10 unsolicited, not final": (masked(0, b"non", fin=False), fault(1002)),
    "5.15 continuation after a whole message": (
        fragments(TEXT, b"a", b"b") + masked(0, b"c", fin=False) + masked(TEXT, b"d"),
        [(TEXT, b"ab"), (FAULT, 1002)],
    ),
    "5.18 new message inside one": (
        masked(TEXT, b"a", fin=False) + masked(TEXT, b"b"),
        fault(1002),
    ),
    "5.20 pings between many fragments": (
        masked(TEXT, b"1", fin=False)
        + masked(PING, b"p")
        + masked(0, b"2", fin=False)
        + masked(PING, b"q")
        + masked(0, b"3"),
        [(PING, b"p"), (PING, b"q"), (TEXT, b"123")],
    ),
    "6.1.1 empty text": (masked(TEXT, b""), [(TEXT, b"")]),
    "6.1.2 empty fragments": (fragments(TEXT, b"", b"", b""), [(TEXT, b"")]),
    "6.1.3 content between empty fragments": (fragments(TEXT, b"", b"mid", b""), [(TEXT, b"mid")]),
    "6.2.1 valid text": (masked(TEXT, GREEK), [(TEXT, GREEK)]),
    "6.2.2 split between characters": (fragments(TEXT, GREEK[:2], GREEK[2:]), [(TEXT, GREEK)]),
    "6.2.3 split inside characters": (
        fragments(TEXT, *(GREEK[i : i + 1] for i in range(len(GREEK)))),
        [(TEXT, GREEK)],
    ),
    "6.3.1 invalid text": (masked(TEXT, GREEK + b"\xed\xa0\x80edited"), fault(1007)),
    "6.3.2 invalid, byte by byte": (
        fragments(TEXT, *(bytes([b]) for b in GREEK + b"\xed\xa0\x80e")),
        fault(1007),
    ),
    "6.4.1 fails at the bad fragment": (
        masked(TEXT, GREEK, fin=False) + masked(0, TOO_HIGH, fin=False),
        fault(1007),
    ),
    "6.5 one to four bytes": (masked(TEXT, "$¢€𤭢".encode()), [(TEXT, "$¢€𤭢".encode())]),
    "6.6 prefix of a character": (masked(TEXT, GREEK[:1]), fault(1007)),
    "6.6 prefix of a character, fragmented": (fragments(TEXT, b"a", GREEK[:1]), fault(1007)),
    "6.12 lonely continuation byte": (masked(TEXT, b"\x80"), fault(1007)),
    "6.14 lonely start bytes": (masked(TEXT, b"\xc0 \xc1 "), fault(1007)),
    "6.18 overlong slash": (masked(TEXT, b"\xc0\xaf"), fault(1007)),
    "6.20 surrogate": (masked(TEXT, b"\xed\xa0\x80"), fault(1007)),
    "6.22 noncharacter U+FFFF": (masked(TEXT, b"\xef\xbf\xbf"), [(TEXT, b"\xef\xbf\xbf")]),
    "binary is not text": (masked(BINARY, b"\xc0\xaf"), [(BINARY, b"\xc0\xaf")]),
    "7.1.1 close": (masked(CLOSE, b"\x03\xe8"), [(CLOSE, b"\x03\xe8")]),
    "7.3.1 empty close": (masked(CLOSE, b""), [(CLOSE, b"")]),
    "7.3.2 close of one byte": (masked(CLOSE, b"a"), fault(1002)),
    "7.3.4 close with a reason": (
        masked(CLOSE, close_payload(1000, "Hello")),
        [(CLOSE, b"\x03\xe8Hello")],
    ),
    "7.3.5 reason of 123 bytes": (
        masked(CLOSE, close_payload(1000, "*" * 123)),
        [(CLOSE, b"\x03\xe8" + b"*" * 123)],
    ),
    "7.3.6 reason of 124 bytes": (masked(CLOSE, b"\x03\xe8" + b"*" * 124), fault(1002)),
    "7.5.1 reason is not UTF-8": (masked(CLOSE, b"\x03\xe8" + TOO_HIGH), fault(1007)),
    **{
        f"7.7 code {code}": (
            masked(CLOSE, code.to_bytes(2, "big")),
            [(CLOSE, code.to_bytes(2, "big"))],
        )
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    },
    **{
        f"7.9 code {code}": (masked(CLOSE, code.to_bytes(2, "big")), fault(1002))
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    },
    "not masked (RFC 6455 5.1)": (frame(TEXT, b"hello"), fault(1002)),
    "16-bit length for a short frame": (b"\x81\xfe\x00\x01\0\0\0\0a", fault(1002)),
    "64-bit length for a short frame": (b"\x81\xff" + (1).to_bytes(8, "big"), fault(1002)),
    "64-bit length with its top bit": (b"\x81\xff" + b"\xff" * 8, fault(1002)),
}


def codes(found: list[Frame]) -> list[tuple[int, bytes | int]]:
    return [(o, int.from_bytes(p[:2], "big") if o == FAULT else p) for o, p in found]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    sent, expected = CASES[name]

    assert codes(FrameReader(1 << 20, 4_096).feed(sent)) == expected


@pytest.mark.parametrize("name", CASES)
def test_case_byte_by_byte(name: str) -> None:
    sent, expected = CASES[name]
    reader = FrameReader(1 << 20, 4_096)
    found: list[Frame] = []

    for number in range(len(sent)):
        found += reader.feed(sent[number : number + 1])
        if found and found[-1][0] == FAULT:
            break

    assert codes(found) == expected


def test_too_long_a_message_is_refused_by_its_header() -> None:
    reader = FrameReader(65_536, 4_096)

    assert codes(reader.feed(b"\x81\xff" + (100_000_000).to_bytes(8, "big"))) == fault(1009)


def test_fragments_count_together() -> None:
    reader = FrameReader(100, 4_096)

    assert reader.feed(masked(TEXT, b"x" * 60, fin=False)) == []
    assert codes(reader.feed(masked(0, b"x" * 41, fin=False))) == fault(1009)


def test_a_crowd_of_fragments_is_refused() -> None:
    reader = FrameReader(65_536, 100)

    assert reader.feed(masked(TEXT, b"x", fin=False) + masked(0, b"x", fin=False) * 99) == []
    assert codes(reader.feed(masked(0, b"x", fin=False))) == fault(1008)


def test_a_message_may_use_its_limit_to_the_byte_again_and_again() -> None:
    reader = FrameReader(100, 4_096)

    for _ in range(3):
        assert reader.feed(fragments(TEXT, b"x" * 50, b"x" * 50)) == [(TEXT, b"x" * 100)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
def test_frames_are_as_short_as_can_be(size: int) -> None:
    sent = frame(BINARY, b"x" * size)

    assert len(sent) == size + (2 if size < 126 else 4 if size < 65_536 else 10)
    assert sent[0] == 0x82


def test_a_close_reason_is_cut_to_what_a_control_frame_holds() -> None:
    assert len(close_frame(1000, "x" * 300)) == 127


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_unmasking_undoes_masking(payload: bytes, mask: bytes) -> None:
    assert unmask(masked(BINARY, payload, mask=mask)[-len(payload) or 999 :], mask) == payload


@given(
    st.lists(st.text(max_size=200), max_size=8),
    st.lists(st.integers(min_value=0, max_value=2_000), max_size=8),
)
def test_how_the_stream_is_cut_changes_nothing(messages: list[str], cuts: list[int]) -> None:
    sent = b"".join(masked(TEXT, message.encode()) for message in messages)
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    reader = FrameReader(65_536, 4_096)

    found = [item for start, end in pairwise(places) for item in reader.feed(sent[start:end])]

    assert found == [(TEXT, message.encode()) for message in messages]
