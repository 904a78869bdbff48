"""Text that people typed, made fit to be stored and shown to others."""

import re
import unicodedata

# Control characters but tab and line ends, lone surrogates, and what hides or reorders its
# neighbours: with a right-to-left override `gpj.exe` is shown as `exe.jpg`. The joiners U+200C and
# U+200D stay, being parts of Persian words and of emoji.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINES = re.compile("[\t\n]")

# The same for the documentation, in words that every reader of regular expressions knows; a lone
# surrogate is in no valid JSON text.
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


def is_showable(value: str, *, lines: bool = False) -> bool:
    """False when `value` has characters that nobody sees, or that no database takes."""
    if _HIDDEN.search(value.replace("\r\n", "\n") if lines else value):
        return False
    return lines or not _LINES.search(value)
