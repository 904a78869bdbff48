"""Text that people typed, made fit to be stored and shown to others."""

import unicodedata

# What `rooms.text.is_showable` refuses, for the documentation: in words that every reader of
# regular expressions knows; a lone surrogate is in no valid JSON text.
NEVER = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff"
LINE_PATTERN = rf"^[^\t\n{NEVER}]*$"
BLOCK_PATTERN = rf"^[^{NEVER}]*$"
WORDS_PATTERN = rf"^[^\t\n{NEVER}]*[^\s{NEVER}][^\t\n{NEVER}]*$"
"""A line that is not blank."""


def clean_line(value: str) -> str:
    """One line: composed (NFC), trimmed, spaces run together; unchanged otherwise."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def words(given: str | None) -> str | None:
    """What a search is for; None when that is nothing."""
    return None if given is None else clean_line(given) or None


def clean_block(value: str) -> str:
    r"""Several lines: composed, trimmed, line ends as \n."""
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
