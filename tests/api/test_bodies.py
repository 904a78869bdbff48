from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from api.bodies import checked, strict_object
from rooms.errors import Invalid


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    HINTS: ClassVar[Mapping[str, str]] = {"key": "A key such as C# or Am."}
    BLOCKS: ClassVar[frozenset[str]] = frozenset({"about"})

    title: Annotated[str, Meta(min_length=1, max_length=5)]
    bpm: Annotated[int, Meta(ge=40, le=300)] | None = None
    tags: Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(max_length=2)] = []
    key: Annotated[str, Meta(pattern=r"^[A-G][#b]?m?$")] | None = None
    order: Literal["asc", "desc"] = "asc"
    is_public: bool = True
    about: str = ""


def codes(given: Mapping[str, Any], *, strict: bool = True) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        checked(given, Form, strict=strict)
    assert error.value.code == "VALIDATION_ERROR"
    assert all(field.message for field in error.value.fields)
    return {field.field: field.code for field in error.value.fields}


def test_what_fits_is_taken_as_it_is() -> None:
    form = checked({"title": "Hi", "bpm": 120, "tags": ["a"], "key": "C#m", "about": "a\nb"}, Form)

    assert form == Form("Hi", bpm=120, tags=["a"], key="C#m", about="a\nb")


def test_every_bad_field_is_named_at_once() -> None:
    assert codes({"title": "", "bpm": 39, "key": "H", "role": "admin", "order": "up"}) == {
        "title": "TOO_SHORT",
        "bpm": "OUT_OF_RANGE",
        "key": "INVALID_FORMAT",
        "role": "UNKNOWN_FIELD",
        "order": "INVALID_VALUE",
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"title": "REQUIRED"}),
        ({"title": 7}, {"title": "INVALID_TYPE"}),
        ({"title": None}, {"title": "INVALID_TYPE"}),
        ({"title": "sixsix"}, {"title": "TOO_LONG"}),
        ({"title": "a", "bpm": "120"}, {"bpm": "INVALID_TYPE"}),
        ({"title": "a", "bpm": 301}, {"bpm": "OUT_OF_RANGE"}),
        ({"title": "a", "bpm": True}, {"bpm": "INVALID_TYPE"}),
        ({"title": "a", "tags": ["a", "b", "c"]}, {"tags": "TOO_LONG"}),
        ({"title": "a", "tags": ["abcd"]}, {"tags": "TOO_LONG"}),
        ({"title": "a", "tags": "a"}, {"tags": "INVALID_TYPE"}),
        ({"title": "a\x00"}, {"title": "BAD_CHARACTERS"}),
        ({"title": "a\n"}, {"title": "BAD_CHARACTERS"}),
        ({"title": "\u202eabc"}, {"title": "BAD_CHARACTERS"}),
        ({"title": "a", "key": "C\n"}, {"key": "BAD_CHARACTERS"}),
        ({"title": "a", "about": "a\x00"}, {"about": "BAD_CHARACTERS"}),
    ],
)
def test_each_fault_has_its_code(given: dict[str, Any], expected: dict[str, str]) -> None:
    assert codes(given) == expected


def test_a_form_may_write_numbers_as_text() -> None:
    form = checked({"title": "a", "bpm": "120", "is_public": "false"}, Form, strict=False)

    assert (form.bpm, form.is_public) == (120, False)
    assert codes({"title": "a", "bpm": "ten"}, strict=False) == {"bpm": "INVALID_TYPE"}
    assert codes({"title": "a", "bpm": "1e9"}, strict=False) == {"bpm": "OUT_OF_RANGE"}


def test_a_hint_says_what_a_pattern_means() -> None:
    with pytest.raises(Invalid) as error:
        checked({"title": "a", "key": "H"}, Form)

    assert error.value.fields[0].message == "A key such as C# or Am."
    assert error.value.message == "Validation failed: key: A key such as C# or Am."


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{'a': 1}",
        b'{"a": 1} {"b": 2}',
    ],
)
def test_what_readers_could_disagree_about_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as error:
        strict_object(raw)

    assert error.value.status == 400


def test_an_object_is_read() -> None:
    assert strict_object('{"a": "é", "b": [1, {"c": null}]}'.encode()) == {
        "a": "é",
        "b": [1, {"c": None}],
    }


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    outcome: object
    try:
        outcome = type(strict_object(raw))
    except Invalid as error:
        outcome = error.fields[0].field

    assert outcome in (dict, "body")


@given(
    st.dictionaries(
        st.sampled_from(["title", "bpm", "tags", "key", "order", "is_public", "about", "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text()),
    )
)
def test_no_values_break_the_check(given: dict[str, Any]) -> None:
    blamed: set[str] = set()
    try:
        checked(given, Form)
    except Invalid as error:
        blamed = {field.field for field in error.fields}

    assert blamed <= set(given) | {"title"}
    assert ("x" in blamed) == ("x" in given)
