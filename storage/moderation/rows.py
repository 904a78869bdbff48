"""Rows of measures: the person a command is about, and what is noted of him."""

from collections.abc import Sequence

from rooms.membership.records import UserCard
from rooms.moderation.commands import AddMember, BanMember
from rooms.moderation.targets import ModerationRows
from storage.commit.loading import load_members
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission
from storage.moderation.log import side_parts
from storage.rooms.membership import blocked_pairs

_CARDS = """
SELECT id::text, username, coalesce(display_name, username) AS display_name, is_guest
FROM users WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL AND is_active
"""


async def load_moderation_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[ModerationRows]:
    """For each command the person it is about."""
    targets = [_target(item) for item in submissions]
    pairs = {(item.room_id or "", t) for item, t in zip(submissions, targets, strict=True)}
    members = await load_members(connection, sorted(pairs))
    named = [
        target
        for item, target in zip(submissions, targets, strict=True)
        if isinstance(item.payload, AddMember | BanMember)
    ]
    rows = await connection.fetch(_CARDS, named) if named else []
    cards = {
        r["id"]: UserCard(r["id"], r["username"], r["display_name"], r["is_guest"]) for r in rows
    }
    asked = [
        (item.actor.user_id, target if isinstance(item.payload, AddMember) else None)
        for item, target in zip(submissions, targets, strict=True)
    ]
    blocked = await blocked_pairs(connection, asked) if any(a[1] for a in asked) else set()
    return [
        ModerationRows(
            members.get((item.room_id or "", target)), cards.get(target), number in blocked
        )
        for number, (item, target) in enumerate(zip(submissions, targets, strict=True))
    ]


def _target(item: Submission) -> str:
    user_id: str = item.payload.user_id  # type: ignore[attr-defined] # every payload has one
    return user_id.lower()


def _key(item: Submission) -> str:
    return f"{item.room_id} {_target(item)}"


MODERATION_ROWS = RowStore(load_moderation_rows, part=side_parts, key=_key)
