"""Which text may be stored and shown to others, wherever it came in."""

import re

# Control characters but tab and line ends, lone surrogates, and what hides or reorders its
# neighbours: with a right-to-left override `gpj.exe` is shown as `exe.jpg`. The joiners U+200C and
# U+200D stay, being parts of Persian words and of emoji.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINES = re.compile("[\t\n]")


def is_showable(value: str, *, lines: bool = False) -> bool:
    """False when `value` has characters that nobody sees, or that no database takes."""
    if _HIDDEN.search(value.replace("\r\n", "\n") if lines else value):
        return False
    return lines or not _LINES.search(value)
