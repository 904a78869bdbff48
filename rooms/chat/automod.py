"""A room's rules on its messages: the first that matches decides. Pure."""

import hashlib
import re
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from rooms.chat.state import AutomodRule, ChatState

REMEMBERED = 10
"""Messages of each sender that a `repeat` rule looks back on."""

_LINK = re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"']+")


class Said(Struct, frozen=True):
    """What a rule looks at."""

    user_id: str
    content: str
    mention_count: int
    """People it names; a call to the whole room counts for one."""


def judge(state: ChatState, said: Said) -> AutomodRule | None:
    """The first rule of the room that a message breaks, or None."""
    for rule in state.rules:
        if _breaks(rule, state, said):
            return rule
    return None


def remembering(state: ChatState, said: Said) -> dict[str, tuple[str, ...]]:
    """`ChatState.said` with this message added."""
    last = (*state.said.get(said.user_id, ()), digest(said.content))[-REMEMBERED:]
    kept = {user: seen for user, seen in state.said.items() if user != said.user_id}
    if len(kept) >= 1_000:  # who spoke longest ago stands first
        kept.pop(next(iter(kept)))
    return {**kept, said.user_id: last}


def digest(content: str) -> str:
    """The same for texts that differ only in case and space."""
    folded = " ".join(content.casefold().split())
    return hashlib.blake2b(folded.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _breaks(rule: AutomodRule, state: ChatState, said: Said) -> bool:
    match rule.kind:
        case "keyword":
            return bool(rule.words) and _pattern(rule.words).search(said.content) is not None
        case "link":
            return any(
                _host(link) not in _hosts(rule.words) for link in _LINK.findall(said.content)
            )
        case "mentions":
            return said.mention_count > rule.most
        case "repeat":
            mine = digest(said.content)
            return state.said.get(said.user_id, ()).count(mine) >= rule.most


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_word(word) for word in words), re.IGNORECASE)


def _word(word: str) -> str:
    start = "" if word.startswith("*") else r"(?<!\w)"
    end = "" if word.endswith("*") else r"(?!\w)"
    return start + re.escape(word.strip("*") or "*") + end


@lru_cache(maxsize=256)
def _hosts(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.lower().removeprefix("www.") for word in words)


def _host(link: str) -> str:
    try:
        host = urlsplit(link if "//" in link else f"//{link}").hostname or ""
    except ValueError:  # such as an unclosed bracket: no host anybody allows
        return ""
    return host.removeprefix("www.")
