"""What moderators (and the room's own rules) did: as the log of measures keeps it, and as told."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from rooms.feature import Context
from rooms.times import iso

MeasureKind = Literal[
    "kick", "ban", "unban", "mute", "unmute", "role", "delete", "block", "alert", "time_out", "slow"
]


class ModerationApplied(Struct, frozen=True, kw_only=True):
    """A measure was taken; everybody in the room may know."""

    room_id: str
    action: MeasureKind
    user_id: str | None
    by: str | None
    """Who took it; null when a rule of the room did."""
    until: str | None = None
    reason: str | None = None
    message_id: str | None = None


class Measure(Struct, frozen=True, kw_only=True):
    """One line of the moderation log."""

    room_id: str
    action: MeasureKind
    user_id: str | None
    actor_id: str | None
    at_ms: int
    until_ms: int | None = None
    reason: str | None = None
    message_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """For moderators' eyes only, such as the words that a rule stopped."""

    def applied(self) -> ModerationApplied:
        """The same for everybody."""
        return ModerationApplied(
            room_id=self.room_id,
            action=self.action,
            user_id=self.user_id,
            by=self.actor_id,
            until=iso(self.until_ms) if self.until_ms is not None else None,
            reason=self.reason,
            message_id=self.message_id,
        )


def measure(
    context: Context,
    action: MeasureKind,
    user_id: str | None,
    *,
    reason: str | None = None,
    until_ms: int | None = None,
    message_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    by_hub: bool = False,
) -> Measure:
    """A measure of the command's actor, or of a rule of the room (`by_hub`), taken now."""
    assert context.room is not None
    return Measure(
        room_id=context.room.id,
        action=action,
        user_id=user_id,
        actor_id=None if by_hub or context.actor.is_system else context.actor.user_id,
        at_ms=context.now_ms,
        until_ms=until_ms,
        reason=reason,
        message_id=message_id,
        details=details or {},
    )
