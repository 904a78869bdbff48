"""The person a measure is about, and whether the caller may take it."""

from msgspec import Struct

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Context
from rooms.membership.records import UserCard
from rooms.moderation.records import Measure
from rooms.notices import Notice
from rooms.room import ROLE_RANK, Member


class ModerationRows(Struct, frozen=True):
    """What the loader reads of the person a command is about."""

    target: Member | None = None
    """His membership, whatever its state; None if he never had one."""
    card: UserCard | None = None
    """His account; for `member:add` and `member:ban`."""
    blocked: bool = False
    """One of him and the actor has blocked the other; only for `member:add`."""


def notice_of(context: Context, noted: Measure) -> Notice:
    """What tells the person a measure is about."""
    return Notice(
        id=context.ids[0],
        kind="measure",
        room_id=noted.room_id,
        actor_id=context.actor.user_id,
        user_id=noted.user_id,
        text=noted.action + (f": {noted.reason}" if noted.reason else ""),
        link=f"/rooms/{noted.room_id}",
    )


def rows_of(context: Context) -> ModerationRows:
    """What the loader read."""
    rows: ModerationRows = context.rows or ModerationRows()
    return rows


def target_of(context: Context) -> Member:
    """A member that the caller may act on."""
    target = rows_of(context).target
    if target is None or target.state != "joined":
        raise NotFound("There is no such member.")
    refuse_high(context, target)
    return target


def refuse_high(context: Context, target: Member) -> None:
    """Raises unless the caller stands above `target`, and is not he."""
    if target.user_id == context.actor.user_id:
        raise Conflict("You cannot do this to yourself.")
    if ROLE_RANK[target.role] >= rank_of(context):
        raise Forbidden("This member stands as high as you in this room.")


def rank_of(context: Context) -> int:
    """How high the caller stands in the room; the hub above all, a stranger below all."""
    if context.actor.is_system:
        return len(ROLE_RANK)
    member = context.member
    return ROLE_RANK[member.role] if member is not None and member.state == "joined" else -1


def refuse_dm(kind: str) -> None:
    """Raises Conflict: the two of a direct message stand alike, and block each other instead."""
    if kind == "dm":
        raise Conflict("Block somebody whose direct messages you do not want.")
