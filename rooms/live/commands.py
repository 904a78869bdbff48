"""What may be asked of a broadcast, and what ingest tells of it."""

from typing import Annotated

from msgspec import Meta, Struct

from rooms.ids import Uuid

Title = Annotated[str, Meta(min_length=1, max_length=200)]


Description = Annotated[str, Meta(max_length=2_000)]


class CreateLive(Struct, frozen=True, kw_only=True):
    """Announce a broadcast; it is on air once its sound comes in."""

    room_id: Uuid
    op_id: Uuid
    title: Title
    description: Description | None = None
    scheduled_at_ms: Annotated[int, Meta(ge=0)] | None = None


class UpdateLive(Struct, frozen=True, kw_only=True):
    """Change title or description."""

    room_id: Uuid
    op_id: Uuid
    live_id: Uuid
    title: Title | None = None
    description: Description | None = None


class OnLive(Struct, frozen=True, kw_only=True):
    """A command about one broadcast."""

    room_id: Uuid
    op_id: Uuid
    live_id: Uuid


class SetMetadata(Struct, frozen=True, kw_only=True):
    """Say what is being played on air."""

    room_id: Uuid
    op_id: Uuid
    live_id: Uuid
    title: Annotated[str, Meta(max_length=255)] | None = None
    artist: Annotated[str, Meta(max_length=255)] | None = None
    track_id: Uuid | None = None


class Connected(Struct, frozen=True, kw_only=True):
    """Sound comes in (ingest's own command). `publication` numbers the connections of a live."""

    room_id: Uuid
    live_id: Uuid
    publication: int
    op_id: Uuid | None = None


class Lost(Struct, frozen=True, kw_only=True):
    """The sound of a publication has stopped (ingest's own command)."""

    room_id: Uuid
    live_id: Uuid
    publication: int
    op_id: Uuid | None = None


class Expired(Struct, frozen=True, kw_only=True):
    """The grace is over (the hub's own command)."""

    room_id: Uuid
    live_id: Uuid
    publication: int


class Recorded(Struct, frozen=True, kw_only=True):
    """The recording of a broadcast has become a track (the hub's own command)."""

    room_id: Uuid
    live_id: Uuid
    track_id: Uuid
    op_id: Uuid | None = None
