"""Rooms, members and invitations: as the wire shows them, and as the rules read them."""

from msgspec import Struct

from rooms.room import Facet, Member, Policy, Role, Room, RoomType
from rooms.times import iso


class Invitation(Struct, frozen=True, kw_only=True):
    """An invitation as stored; its token is what the link carries."""

    id: str
    room_id: str
    inviter_id: str
    invitee_id: str | None
    token: str
    expires_at_ms: int
    max_uses: int | None
    uses: int = 0
    revoked: bool = False


class UserCard(Struct, frozen=True):
    """What the loader reads of a user who is to become a member."""

    user_id: str
    username: str
    display_name: str
    is_guest: bool = False


class MembershipRows(Struct, frozen=True):
    """What the loader reads for a command: the invitation it names, the users it adds."""

    invitation: Invitation | None = None
    users: tuple[UserCard, ...] = ()
    blocked: bool = False
    """True when one of actor and the other person has blocked the other."""
    dm_id: str | None = None
    """The direct message that the two have already."""
    guests: tuple[Member, ...] = ()
    """Those in the room whom the invitation that is taken back let in."""


class RoomRecord(Struct, frozen=True, kw_only=True):
    """A room on the wire."""

    id: str
    name: str
    description: str | None
    type: RoomType
    creator_id: str
    facets: tuple[Facet, ...]
    policy: Policy
    created_at: str


class MemberRecord(Struct, frozen=True, kw_only=True):
    """A member on the wire."""

    room_id: str
    user_id: str
    username: str
    display_name: str
    is_guest: bool
    role: Role
    state: str
    joined_at: str
    reason: str | None = None
    muted_until: str | None = None


class RoomGone(Struct, frozen=True):
    """Payload of `room:deleted`."""

    room_id: str


class InviteRecord(Struct, frozen=True, kw_only=True):
    """Answer to `invite:create`; `url` is the link to share."""

    id: str
    room_id: str
    token: str
    url: str
    expires_at: str
    max_uses: int | None


class Joined(RoomRecord, frozen=True, kw_only=True):
    """Answer to a create or join: the room, and the caller's place in it."""

    member: MemberRecord


def room_record(room: Room) -> RoomRecord:
    """The room as clients see it."""
    return RoomRecord(
        id=room.id,
        name=room.name,
        description=room.description,
        type=room.type,
        creator_id=room.creator_id,
        facets=room.facets,
        policy=room.policy,
        created_at=iso(room.created_at_ms),
    )


def member_record(room_id: str, member: Member, reason: str | None = None) -> MemberRecord:
    """The member as clients see him."""
    return MemberRecord(
        room_id=room_id,
        user_id=member.user_id,
        username=member.username,
        display_name=member.display_name,
        is_guest=member.is_guest,
        role=member.role,
        state=member.state,
        joined_at=iso(member.joined_at_ms),
        reason=reason,
        muted_until=iso(member.muted_until_ms) if member.muted_until_ms is not None else None,
    )
