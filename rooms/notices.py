"""Who may have to be told outside the room: written with the commit, worked off by hub/notices."""

from typing import Literal

from msgspec import Struct

NoticeKind = Literal[
    "message", "alert", "invite", "added", "measure", "report", "session", "reworded"
]


class Notice(Struct, frozen=True, kw_only=True):
    """One thing that happened; whose bell it rings is decided when it is worked off."""

    id: str
    """A UUIDv7: its time is when it rang, and notifications are sorted by it."""
    kind: NoticeKind
    """A message; a message a rule stopped; an invitation by name; added to a room; a measure of
    the moderators; a report; a session that begins soon; a message that was edited or deleted,
    whose words have been copied."""
    room_id: str | None
    """None: it concerns who keeps order in the whole hub."""
    actor_id: str
    message_id: str | None = None
    seq: int | None = None
    text: str = ""
    """The beginning of the message, or why."""
    user_id: str | None = None
    """The one person it is about, where there is one."""
    mentions: tuple[str, ...] = ()
    mentions_room: bool = False
    replied_to: str | None = None
    is_dm: bool = False
    told_all: tuple[str, ...] = ()
    """Members who want to hear of every message."""
    alerts: bool = False
    """True when moderators are to look at it."""
    link: str = ""
