"""The words of a message: what may be said, and whom and what it names. Pure."""

import re
import unicodedata

from rooms.errors import Invalid

MAX_MESSAGE_CHARS = 4_000
"""Code points of a message (docs/protocol.md, `hello.limits`)."""
MAX_MESSAGE_BYTES = 16_384
"""UTF-8 bytes: 4,000 code points of most scripts; stops walls of combining marks."""
MAX_EMOJI_CHARS = 50

_INVISIBLE = ("Cf", "Zs", "Mn")
"""Unicode categories of what takes no ink by itself: joiners, spaces, combining marks."""
_LAYOUT = frozenset("\n\t\r")
_NAME = re.compile(r"(?<![\w@])@([A-Za-z0-9][A-Za-z0-9_.-]{0,48}[A-Za-z0-9])")
_ROOM = re.compile(r"(?<![\w@])@room\b")
_LINK = re.compile(r"(?i)\bhttps?://\S+|\bwww\.\S+\.\S+")
_SKIN_OR_JOIN = ("Cf", "Mn", "Me", "Sk")


def clean_content(content: str, *, may_be_empty: bool = False) -> str:
    """The text of a message in Unicode NFC, or the reason why it is refused.

    Args:
        content: as the client sent it.
        may_be_empty: true when something else, such as a picture, stands for the words.

    Raises:
        Invalid: `EMPTY`, `TOO_LONG` or `BAD_TEXT` on the field `content`.
    """
    text = (content if content.isascii() else unicodedata.normalize("NFC", content)).strip()
    # Looked at letter by letter only where that can say something: 160 bytes took 30 us.
    letters: set[str] = set() if text.isascii() and text.isprintable() else set(text)
    if not text or (letters and all(unicodedata.category(c) in _INVISIBLE for c in letters)):
        if may_be_empty and not letters:
            return ""
        raise Invalid.field("content", "EMPTY", "A message needs some text.")
    if len(text) > MAX_MESSAGE_CHARS or len(text.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
        raise Invalid.field(
            "content", "TOO_LONG", f"A message holds at most {MAX_MESSAGE_CHARS} characters."
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in letters - _LAYOUT):
        raise Invalid.field(
            "content", "BAD_TEXT", "The message holds control characters that cannot be shown."
        )
    return text


def names_in(content: str) -> frozenset[str]:
    """User names that a text mentions as @name, in lower case; `room` is nobody's name."""
    if "@" not in content:
        return frozenset()
    return frozenset(name.lower() for name in _NAME.findall(content)) - {"room"}


def names_room(content: str) -> bool:
    """True when a text calls everybody: @room."""
    return "@room" in content and _ROOM.search(content) is not None


def has_link(content: str) -> bool:
    """True when a text holds a web address."""
    return _LINK.search(content) is not None


def clean_emoji(emoji: str) -> str:
    """One emoji, or a :name: of one, as it is kept.

    Raises:
        Invalid: `BAD_EMOJI` on the field `emoji`: empty, long, or ordinary words.
    """
    text = unicodedata.normalize("NFC", emoji.strip())
    if re.fullmatch(r":[a-z0-9_+-]{1,32}:", text):
        return text
    symbols = [c for c in text if unicodedata.category(c) not in _SKIN_OR_JOIN]
    is_keycap = text.endswith("\u20e3") and text[:1] in "0123456789#*"
    if is_keycap or (
        0 < len(text) <= MAX_EMOJI_CHARS
        and 0 < len(symbols) <= 10
        and all(_is_pictorial(c) for c in symbols)
    ):
        return text
    raise Invalid.field("emoji", "BAD_EMOJI", "A reaction is one emoji.")


def _is_pictorial(character: str) -> bool:
    # Tags (U+E0020 and up) spell the flags of England, Scotland and Wales.
    return unicodedata.category(character) in ("So", "Sm", "Po") and ord(character) > 0x200B
