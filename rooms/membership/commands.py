"""What may be asked of a room and its membership."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rooms.ids import Uuid
from rooms.membership.policy import PolicyChanges
from rooms.room import Facet, RoomType

MAX_INITIAL_MEMBERS = 100


MAX_INVITE_S = 30 * 24 * 3600


Name = Annotated[str, Meta(min_length=1, max_length=255)]


Description = Annotated[str, Meta(max_length=2_000)]


Facets = Annotated[tuple[Facet, ...], Meta(max_length=3)]


class CreateRoom(Struct, frozen=True, kw_only=True):
    """Make a room; the caller becomes its owner."""

    name: Name
    type: RoomType = "public"
    description: Description | None = None
    members: Annotated[tuple[Uuid, ...], Meta(max_length=MAX_INITIAL_MEMBERS)] = ()
    facets: Facets | None = None
    """None: playback and queue (a dm has neither)."""
    policy: PolicyChanges | None = None
    op_id: Uuid | None = None


class UpdateRoom(Struct, frozen=True, kw_only=True):
    """Change what is given, keep the rest."""

    room_id: Uuid
    name: Name | None = None
    type: Literal["public", "private"] | None = None
    """The owner's to change, and never of a direct message. Opened, the room is listed, anyone
    signed in may join it and read all of its history. Closed, members and invitations stay as they
    are, and who only looked on hears nothing more after `room:updated`."""
    description: Description | None = None
    facets: Facets | None = None
    policy: PolicyChanges | None = None
    op_id: Uuid | None = None


class DeleteRoom(Struct, frozen=True, kw_only=True):
    """Close the room for everybody; its log is kept."""

    room_id: Uuid
    op_id: Uuid | None = None


class JoinRoom(Struct, frozen=True, kw_only=True):
    """Join a public room by id, or any room by an invitation."""

    room_id: Uuid | None = None
    invite_token: Uuid | None = None
    op_id: Uuid | None = None


class LeaveRoom(Struct, frozen=True, kw_only=True):
    """Stop being a member."""

    room_id: Uuid
    op_id: Uuid | None = None


class CreateInvite(Struct, frozen=True, kw_only=True):
    """Invite one user, or make a link for many."""

    room_id: Uuid
    invitee_id: Uuid | None = None
    expires_in_s: Annotated[int, Meta(ge=1, le=MAX_INVITE_S)] = 7 * 24 * 3600
    max_uses: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    op_id: Uuid | None = None


class RevokeInvite(Struct, frozen=True, kw_only=True):
    """Make an invitation worthless; who made it may, and the room's moderators."""

    room_id: Uuid
    token: Uuid
    op_id: Uuid | None = None


class AcceptInvite(Struct, frozen=True, kw_only=True):
    """Join by an invitation."""

    token: Uuid
    op_id: Uuid | None = None
