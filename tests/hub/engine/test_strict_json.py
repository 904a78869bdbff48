import json
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.strict_json import BadJson, BadNumber, BadText, loads

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_what_browsers_write_is_read(value: object) -> None:
    assert loads(orjson.dumps(value), 64) == value


@given(JSON, st.booleans())
def test_so_is_what_other_programs_write(value: object, escaped: bool) -> None:
    raw = json.dumps(value, ensure_ascii=escaped, indent=1).encode()

    assert loads(raw, 64) == value


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"c":2,"b":1}}',
        b'{"a":1, "\\u0061":2}',
        b"[NaN]",
        b"[-Infinity]",
        b"[01]",
        b"[1,]",
        b"{'a':1}",
        b'["\n"]',
        b'["unclosed',
        b"[1]]",
        b"",
        b" ",
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(BadJson):
        loads(raw, 16)


def test_depth_is_counted_outside_of_strings() -> None:
    assert loads(b'["' + b"[{" * 100 + b'"]', 2) == ["[{" * 100]
    assert loads(b"[[[]]]", 3) == [[[]]]
    assert loads(b"[" + b"[]," * 50 + b"[]]", 2) == [[]] * 51
    with pytest.raises(BadJson, match="deeper"):
        loads(b"[[[[]]]]", 3)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'["n",{"a":[{"b":"\\u0000"}]}]', "[1].a[0].b"),
        (b'["n","\\ud800"]', "[1]"),
        (b'["n",{"ok":1,"\\ud800":1}]', "[1]"),
        (b'["n",{"a":"\\udc00\\ud800"}]', "[1].a"),
    ],
)
def test_text_that_no_store_takes_is_named(raw: bytes, path: str) -> None:
    with pytest.raises(BadText) as caught:
        loads(raw, 16)

    assert caught.value.path == path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b'["n",{"a":[{"b":1e999}]}]', "[1].a[0].b"),
        (b'["n",{"rev":9007199254740992}]', "[1].rev"),
        (b'["n",{"rev":-9007199254740992,"a":1}]', "[1].rev"),
        (b'["n",{"ok":1,"rev":18446744073709551616}]', "[1].rev"),
        (b"[" + b"1" * 5_000 + b"]", "[0]"),
        (b"[[[" * 5 + b"1e999" + b"]]]" * 5, "[0]" * 15),
    ],
)
def test_a_number_that_browsers_read_as_another_is_named(raw: bytes, path: str) -> None:
    with pytest.raises(BadNumber) as caught:
        loads(raw, 16)

    assert caught.value.path == path


def test_pairs_of_surrogates_are_one_character() -> None:
    assert loads(b'["\\ud83c\\udfb5"]', 16) == ["🎵"]


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"[", b'{"', b"\\\\", b'"\\u0000",'])
def test_nothing_a_client_sends_takes_long(piece: bytes) -> None:
    raw = b"[" + b"[" * 20 + piece * (60_000 // len(piece))
    started_s = time.perf_counter()

    with pytest.raises(BadJson):
        loads(raw, 16)

    assert time.perf_counter() - started_s < 0.2
