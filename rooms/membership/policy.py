"""What may be changed of a room's policy: field by field, and within bounds."""

from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from rooms.presence import MAX_LISTED
from rooms.room import Control, Policy

MAX_DEADLINE_MS = 60_000
"""Nobody is made to wait longer for a silent member."""
MAX_GRACE_MS = 24 * 3_600_000
MAX_VOTES = 100_000
T = TypeVar("T", bound=Struct)


class ControlChanges(Struct, frozen=True, kw_only=True):
    """Who may move what; what is left out stays."""

    play: Control | None = None
    seek: Control | None = None
    skip: Control | None = None
    queue_add: Control | None = None
    queue_reorder: Control | None = None


class SkipVoteChanges(Struct, frozen=True, kw_only=True):
    """How many listening members must ask for the next item; what is left out stays."""

    ratio: Annotated[float, Meta(ge=0, le=1)] | None = None
    """Share of the listening members."""
    min: Annotated[int, Meta(ge=0, le=MAX_VOTES)] | None = None
    """Never fewer votes than this."""


class PolicyChanges(Struct, frozen=True, kw_only=True):
    """The rules of playing together as a room is made or changed; what is left out stays."""

    controls: ControlChanges | None = None
    wait: Literal["never", "majority", "all"] | None = None
    """Whom a start waits for."""
    wait_deadline_ms: Annotated[int, Meta(ge=0, le=MAX_DEADLINE_MS)] | None = None
    host_grace_ms: Annotated[int, Meta(ge=0, le=MAX_GRACE_MS)] | None = None
    on_host_lost: Literal["promote_dj", "promote_oldest", "pause", "continue"] | None = None
    skip_votes: SkipVoteChanges | None = None
    auditorium_from: Annotated[int, Meta(ge=1, le=MAX_LISTED)] | None = None
    """With more present than this they follow the timeline without a barrier."""


def changed_policy(policy: Policy, changes: PolicyChanges | None) -> Policy:
    """The policy with what was given; the rest as it was."""
    return policy if changes is None else _merged(policy, changes)


def _merged(old: T, changes: Struct) -> T:
    given: dict[str, Any] = {}
    for name, value in asdict(changes).items():
        if value is not None:
            given[name] = _merged(getattr(old, name), value) if isinstance(value, Struct) else value
    return replace(old, **given)
