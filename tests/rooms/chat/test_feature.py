"""What may be said: every script and layout, nothing that cannot be seen."""

import pytest

from rooms.chat.text import MAX_MESSAGE_BYTES, MAX_MESSAGE_CHARS, clean_content
from rooms.errors import Invalid


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("plain words", "plain words"),
        ("  around  ", "around"),
        ("two\nlines\tand a tab\r\n", "two\nlines\tand a tab"),
        ("e\u0301te\u0301", "été"),
        ("日本語 русский عربي", "日本語 русский عربي"),
        (
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
    ],
)
def test_words_are_kept_composed_and_trimmed(said: str, kept: str) -> None:
    assert clean_content(said) == kept


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", "EMPTY"),
        (" \n\t ", "EMPTY"),
        ("\u200b\u200d\u2060", "EMPTY"),
        ("\u0301\u0301", "EMPTY"),
        ("bell \a", "BAD_TEXT"),
        ("escape \x1b[31m", "BAD_TEXT"),
        ("null é \0", "BAD_TEXT"),
        ("lone \ud800 surrogate", "BAD_TEXT"),
        ("x" * (MAX_MESSAGE_CHARS + 1), "TOO_LONG"),
        ("é" + "\U0001f468" * (MAX_MESSAGE_BYTES // 4), "TOO_LONG"),
    ],
)
def test_what_cannot_be_seen_is_refused(said: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_content(said)
    assert [(f.field, f.code) for f in refused.value.fields] == [("content", code)]


def test_a_message_may_be_as_long_as_said() -> None:
    assert len(clean_content("x" * MAX_MESSAGE_CHARS)) == MAX_MESSAGE_CHARS
