"""Bodies and answers of live broadcasts (specification: live streaming)."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from rooms.ids import Uuid
from rooms.live.commands import Description, Title


class LiveQuery(Struct, frozen=True, kw_only=True):
    """A page of broadcasts."""

    page: Annotated[int, Meta(ge=1, le=10_000)] = 1
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class NewLive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A broadcast to be announced; without a room it gets a public one of its own."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    title: Title
    description: Description | None = None
    room_id: Uuid | None = None


class LiveChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; what is left out stays."""

    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    title: Title | None = None
    description: Description | None = None


class LiveStream(Struct, frozen=True, kw_only=True):
    """One broadcast."""

    id: str
    room_id: str
    user_id: str
    title: str
    description: str | None
    category: str | None
    thumbnail_url: str | None
    streamer_name: str
    status: str
    is_live: bool
    started_at: str | None
    ended_at: str | None
    scheduled_at: str | None
    viewer_count: int
    tags: list[str]
    stream_url: str
    whip_url: str
    is_vod: bool
    recording_track_id: str | None
    created_at: str
    updated_at: str


class LiveKey(Struct, frozen=True, kw_only=True):
    """A stream key; `key` is there only in the answer that made it."""

    prefix: str
    created_at: str | None = None
    key: str | None = None
    rtmp_url: str | None = None
    """What a program such as OBS publishes to; null where the hub takes no RTMP."""
