"""Bodies, queries and answers of chat and conversations."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

from rooms.chat.records import MessageView, Moment, Ref
from rooms.ids import Uuid
from rooms.membership.commands import MAX_INVITE_S, Description, Facets, Name
from rooms.membership.policy import PolicyChanges
from rooms.room import Role, RoomType
from rooms.times import When
from storage.messages.search import Has

Seq = Annotated[int, Meta(ge=0, le=2**53)]
Size = Annotated[int, Meta(ge=1, le=100)]


class RoomQuery(Struct, frozen=True, kw_only=True):
    """Which rooms."""

    scope: Literal["all", "mine", "public"] = "all"
    limit: Size = 50
    cursor: Uuid | None = None


class NewRoom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room, or conversation, to be made."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})
    ANY_OF: ClassVar[tuple[Any, ...]] = (
        {"properties": {"type": {"enum": ["public", "private"]}}},
        {"required": ["members"], "properties": {"members": {"minItems": 1, "maxItems": 1}}},
    )
    """A direct message has one other member."""

    name: Name
    type: RoomType = "public"
    description: Description | None = None
    members: Annotated[tuple[Uuid, ...], Meta(max_length=100)] = ()
    facets: Facets | None = None
    policy: PolicyChanges | None = None


class RoomChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; what is left out stays."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    name: Name | None = None
    type: Literal["public", "private"] | None = None
    """The owner's to change; never of a direct message."""
    description: Description | None = None
    facets: Facets | None = None
    policy: PolicyChanges | None = None


class HistoryQuery(Struct, frozen=True, kw_only=True):
    """A stretch of messages: before, after or around a seq, or between two; else the newest."""

    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    thread_id: Uuid | None = None
    limit: Size = 50


class MessageSearchQuery(Struct, frozen=True, kw_only=True):
    """What to look for; nothing finds the newest messages."""

    q: Annotated[str, Meta(max_length=200)] = ""
    sender_id: Uuid | None = field(default=None, name="from")
    has: Has | None = None
    before: When | None = None
    after: When | None = None
    cursor: Uuid | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class NewMessage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message; the same `client_id` is the same message, however often it is sent."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"content"})
    ANY_OF: ClassVar[tuple[Any, ...]] = (
        {"properties": {"content": {"pattern": r"\S"}}},
        {"required": ["attachment_ids"], "properties": {"attachment_ids": {"minItems": 1}}},
    )
    """It says something, or brings something."""

    content: Annotated[str, Meta(max_length=16_384)]
    client_id: Uuid | None = None
    type: Literal["text", "image", "audio"] = "text"
    reply_to_id: Uuid | None = None
    thread_id: Uuid | None = None
    mentions: Annotated[tuple[Uuid, ...], Meta(max_length=50)] = ()
    attachment_ids: Annotated[tuple[Uuid, ...], Meta(max_length=10)] = ()
    refs: Annotated[tuple[Ref, ...], Meta(max_length=10)] = ()
    moment: Moment | None = None


class Emoji(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One emoji."""

    emoji: Annotated[str, Meta(min_length=1, max_length=50)]


class EmojiQuery(Struct, frozen=True, kw_only=True):
    """The emoji to take off."""

    emoji: Annotated[str, Meta(min_length=1, max_length=50)]


class NewMember(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be brought in."""

    user_id: Uuid
    role: Role = "member"


class MemberRole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member's new role."""

    role: Role


class MemberQuery(Struct, frozen=True, kw_only=True):
    """A page of members."""

    limit: Size = 100
    cursor: Uuid | None = None


class NewInvite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invitation for one person, or a link for many."""

    invitee_id: Uuid | None = None
    expires_in_s: Annotated[int, Meta(ge=1, le=MAX_INVITE_S)] = 7 * 24 * 3600
    max_uses: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class NewReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that those who keep order should see."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"reason"})

    content_type: Literal["message", "user", "room", "track", "live"]
    content_id: Uuid
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class Cursor(Struct, frozen=True):
    """`meta` of lists that are read on by a cursor; null: that was all."""

    next_cursor: str | None


class HistoryMeta(Struct, frozen=True):
    """`meta` of a stretch of messages."""

    has_more_before: bool
    has_more_after: bool


class ChatStats(Struct, frozen=True, kw_only=True):
    """The caller's chat in numbers."""

    rooms: int
    unread: int
    """Counted up to 1,000 a room."""
    mentions: int
    messages_sent: int


class ChatToken(Struct, frozen=True, kw_only=True):
    """A token to connect with, in the `auth` object of the Socket.IO CONNECT."""

    token: str
    expires_in: int
    path: str


class Joined(Struct, frozen=True, kw_only=True):
    """The room that an invitation let the caller into."""

    id: str
    name: str


class DirectMessages(Struct, frozen=True, kw_only=True):
    """The conversation of two people; null while nothing was said."""

    room_id: str | None
    messages: list[MessageView]


class ReportNoted(Struct, frozen=True):
    """The report as noted."""

    report_id: str
