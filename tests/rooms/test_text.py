import pytest

from rooms.text import is_showable


@pytest.mark.parametrize("text", ["Zoë", "نمی\u200cخواهم", "👨\u200d👩\u200d👧", "\U000ace32"])
def test_letters_of_all_scripts_and_joined_emoji_are_shown(text: str) -> None:
    assert is_showable(text)


@pytest.mark.parametrize(
    "text", ["bell \a", "null \0", "invoice\u202efdp.exe", "zero\u200bwidth", "lone \ud800"]
)
def test_what_nobody_sees_or_what_reorders_is_not(text: str) -> None:
    assert not is_showable(text)
    assert not is_showable(text, lines=True)


def test_line_ends_are_for_texts_of_several_lines() -> None:
    assert not is_showable("one\ntwo")
    assert is_showable("one\r\ntwo\n\tthree", lines=True)
