"""What a room is, who is in it, and the policy it runs by: the values every rule can read."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rooms.presence import MAX_LISTED

RoomType = Literal["public", "private", "dm"]
Facet = Literal["playback", "queue", "live"]
Role = Literal["owner", "admin", "moderator", "member", "guest"]
Control = Literal["host", "dj", "all"]

ROLE_RANK: dict[str, int] = {"guest": 0, "member": 1, "moderator": 2, "admin": 3, "owner": 4}


class Controls(Struct, frozen=True):
    """Who may move what: the host alone, the host and DJs, or every member."""

    play: Control = "host"
    seek: Control = "host"
    skip: Control = "host"
    queue_add: Control = "all"
    queue_reorder: Control = "all"


class SkipVotes(Struct, frozen=True):
    """How many listening members must ask for the next item."""

    ratio: float = 0.5
    """Share of the listening members, 0 to 1."""
    min: int = 2
    """Never fewer votes than this."""


class Policy(Struct, frozen=True):
    """The rules a room chose for playing together (docs/protocol.md, "Playback")."""

    controls: Controls = field(default_factory=Controls)
    wait: Literal["never", "majority", "all"] = "never"
    """Whom a start waits for; a silent member never holds the others past the deadline."""
    wait_deadline_ms: int = 4_000
    host_grace_ms: int = 60_000
    on_host_lost: Literal["promote_dj", "promote_oldest", "pause", "continue"] = "continue"
    skip_votes: SkipVotes = field(default_factory=SkipVotes)
    auditorium_from: Annotated[int, Meta(ge=1, le=MAX_LISTED)] = MAX_LISTED
    """With more present than this they follow the timeline without barrier, and nobody is told of
    each (rooms/playback/audience.py)."""


class Room(Struct, frozen=True):
    """A shared place with one ordered log."""

    id: str
    name: str
    type: RoomType
    creator_id: str
    description: str | None = None
    facets: tuple[Facet, ...] = ()
    policy: Policy = field(default_factory=Policy)
    created_at_ms: int = 0
    deleted_at_ms: int | None = None


class Member(Struct, frozen=True):
    """A user who belongs to a room, or once did."""

    user_id: str
    role: Role
    username: str
    display_name: str
    joined_at_ms: int
    state: Literal["joined", "left", "banned"] = "joined"
    is_guest: bool = False
    muted_until_ms: int | None = None


def still_muted(member: Member | None, now_ms: int) -> int | None:
    """Until when (Unix ms) who comes back to a room may not speak: leaving ends no mute."""
    until_ms = member.muted_until_ms if member is not None else None
    return until_ms if until_ms is not None and until_ms > now_ms else None


def at_least(member: Member | None, role: Role) -> bool:
    """True when `member` is in the room with `role` or a higher one."""
    return (
        member is not None
        and member.state == "joined"
        and ROLE_RANK[member.role] >= ROLE_RANK[role]
    )
