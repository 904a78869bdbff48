"""The pace and the rules of a room's chat, set by its moderators."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from rooms.chat.state import MAX_RULES, MAX_SLOW_MODE_S, AutomodRule, ChatState
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.feature import Context, Event, Outcome
from rooms.ids import Uuid
from rooms.moderation.records import measure
from rooms.room import at_least

NotifyLevel = Literal["all", "mentions", "none"]

MAX_TOLD_ALL = 500
"""Members of one room who are told of every message."""


class UpdateChat(Struct, frozen=True, kw_only=True):
    """Change slow mode or the rules; what is left out stays."""

    room_id: Uuid
    slow_mode_s: Annotated[int, Meta(ge=0, le=MAX_SLOW_MODE_S)] | None = None
    rules: Annotated[tuple[AutomodRule, ...], Meta(max_length=MAX_RULES)] | None = None
    op_id: Uuid | None = None


class SetNotify(Struct, frozen=True, kw_only=True):
    """Which messages of the room ring for the caller."""

    room_id: Uuid
    level: NotifyLevel
    op_id: Uuid | None = None


class BlockDm(Struct, frozen=True, kw_only=True):
    """One of the two of a direct message has blocked the other, or does no longer."""

    room_id: Uuid
    user_id: Uuid
    on: bool


class NotifyRow(Struct, frozen=True):
    """Row, and answer: how loud a room is for a member."""

    room_id: str
    user_id: str
    level: NotifyLevel


class ChatUpdated(Struct, frozen=True, kw_only=True):
    """Slow mode or the rules of the room have changed."""

    room_id: str
    slow_mode_s: int
    rule_count: int
    """Rules that stand; moderators read them by `chat:get`."""


def update_chat(state: ChatState, command: UpdateChat, context: Context) -> Outcome:
    """Sets slow mode (moderators) and automod rules (admins).

    Raises:
        Forbidden: a moderator who is no admin tries to change the rules.
        Invalid: a keyword rule without words, two rules of one id.
        Conflict: it is a direct message.
    """
    if context.room is not None and context.room.type == "dm":
        raise Conflict("A direct message has no pace and no rules.")
    if command.rules is not None:
        if not (context.actor.is_system or at_least(context.member, "admin")):
            raise Forbidden("Only admins of the room may change its rules.")
        _check(command.rules)
    changed = replace(
        state,
        slow_mode_s=state.slow_mode_s if command.slow_mode_s is None else command.slow_mode_s,
        rules=state.rules if command.rules is None else command.rules,
    )
    if not changed.slow_mode_s:
        changed = replace(changed, spoke_at_ms={})
    if not any(rule.kind == "repeat" for rule in changed.rules):
        changed = replace(changed, said={})
    updated = ChatUpdated(
        room_id=command.room_id.lower(),
        slow_mode_s=changed.slow_mode_s,
        rule_count=len(changed.rules),
    )
    if (changed.slow_mode_s, changed.rules) == (state.slow_mode_s, state.rules):
        return Outcome(state, data=updated)
    details = {"slow_mode_s": changed.slow_mode_s, "rules": len(changed.rules)}
    return Outcome(
        changed,
        events=(Event("chat:updated", updated),),
        data=updated,
        rows=(measure(context, "slow", None, details=details),),
    )


def set_notify(state: ChatState, command: SetNotify, context: Context) -> Outcome:
    """Sets which messages ring for the caller: all, those that mention him, or none.

    Raises:
        Conflict: 500 members hear every message already.
    """
    user_id = context.actor.user_id
    others = tuple(each for each in state.told_all if each != user_id)
    if command.level == "all" and len(others) >= MAX_TOLD_ALL:
        raise Conflict("Too many members are told of every message here. Choose mentions.")
    told_all = (*others, user_id) if command.level == "all" else others
    row = NotifyRow(command.room_id.lower(), user_id, command.level)
    unchanged = told_all == state.told_all
    return Outcome(state if unchanged else replace(state, told_all=told_all), data=row, rows=(row,))


def block_dm(state: ChatState, command: BlockDm, _context: Context) -> Outcome:
    """Closes a direct message to both while one has blocked the other (the hub itself)."""
    others = tuple(each for each in state.blocked_by if each != command.user_id)
    blocked_by = (*others, command.user_id) if command.on else others
    return Outcome(replace(state, blocked_by=blocked_by))


def _check(rules: tuple[AutomodRule, ...]) -> None:
    for index, rule in enumerate(rules):
        if rule.kind == "keyword" and not any(word.strip("* ") for word in rule.words):
            raise Invalid.field(f"rules[{index}].words", "REQUIRED", "Name at least one word.")
    if len({rule.id for rule in rules}) < len(rules):
        raise Invalid.field("rules", "DUPLICATE", "Two rules have the same id.")
