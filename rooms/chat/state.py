"""What a room's chat remembers between messages: its pace and its rules. One slice a room."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rooms.ids import Uuid

MAX_SLOW_MODE_S = 21_600
"""Six hours."""
MAX_RULES = 20
MAX_SPOKE = 5_000
"""Speakers whose last time is kept while slow mode is on; about 300 KB of JSON at most."""

RuleKind = Literal["keyword", "link", "mentions", "repeat"]
RuleAction = Literal["block", "alert", "time_out"]
Word = Annotated[str, Meta(min_length=1, max_length=60)]


class AutomodRule(Struct, frozen=True, kw_only=True):
    """What the room does by itself when a message matches; moderators are exempt."""

    id: Uuid
    kind: RuleKind
    """Words of a list; a web address; more than `most` mentions; the same text more than `most`
    times in a row of the sender's last ten messages."""
    action: RuleAction
    """Refuse it; let it pass and tell the moderators; refuse it and mute the sender."""
    words: Annotated[tuple[Word, ...], Meta(max_length=200)] = ()
    """For `keyword`: whole words, upper and lower case alike; a * at an end stands for any
    letters. For `link`: hosts that are allowed."""
    most: Annotated[int, Meta(ge=1, le=50)] = 5
    time_out_s: Annotated[int, Meta(ge=10, le=2_419_200)] = 300


class ChatState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The slice; empty for most rooms."""

    slow_mode_s: int = 0
    """A member who is no moderator speaks once in so many seconds; 0: off."""
    rules: tuple[AutomodRule, ...] = ()
    spoke_at_ms: Mapping[str, int] = field(default_factory=dict)
    """When each member last spoke, while slow mode is on."""
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digests of each member's last messages, while a `repeat` rule stands."""
    blocked_by: tuple[str, ...] = ()
    """In a direct message: who of the two has blocked the other; then nobody can write."""
    told_all: tuple[str, ...] = ()
    """Members who want to be notified of every message."""


class ChatSettings(Struct, frozen=True, kw_only=True):
    """What everybody may know of a room's chat."""

    slow_mode_s: int
    rules: tuple[AutomodRule, ...] = ()
    """Only shown to moderators."""
