"""Rows of membership: invitations and the users a room is made with."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.membership.commands import (
    AcceptInvite,
    CreateInvite,
    CreateRoom,
    JoinRoom,
    RevokeInvite,
)
from rooms.membership.records import Invitation, MembershipRows, UserCard
from rooms.room import Member
from storage.backends import Pool
from storage.commit.loading import load_members
from storage.commit.rows import Connection, RowStore
from storage.commit.statement import Part
from storage.commit.submission import Submission
from storage.moderation.log import side_parts

_INVITATIONS = """
SELECT id::text, room_id::text, inviter_id::text, invitee_id::text, token::text, max_uses, uses,
       revoked_at IS NOT NULL AS revoked,
       (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at_ms
FROM room_invitations WHERE token = ANY($1::uuid[])
"""

_USERS = """
SELECT id::text, username, coalesce(display_name, username) AS display_name, is_guest
FROM users WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL AND is_active
"""

_WRITE_INVITATIONS = """
INSERT INTO room_invitations (id, room_id, inviter_id, invitee_id, token, expires_at, max_uses,
                              uses)
SELECT id, room_id, inviter_id, invitee_id, token, to_timestamp(expires_at_ms / 1000.0), max_uses,
       uses
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::int[],
            $8::int[])
    AS i (id, room_id, inviter_id, invitee_id, token, expires_at_ms, max_uses, uses)
ON CONFLICT (id) DO UPDATE SET
    uses = excluded.uses,
    status = CASE WHEN excluded.uses >= room_invitations.max_uses THEN 'accepted'
                  ELSE room_invitations.status END,
    updated_at = now()
"""

_REVOKE_INVITATIONS = """
UPDATE room_invitations SET revoked_at = now(), status = 'expired'
WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL
"""

_BLOCKED = """
SELECT q.number FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q (one, other, number)
WHERE EXISTS (SELECT FROM user_blocks b
              WHERE (b.blocker_id, b.blocked_id) IN ((q.one, q.other), (q.other, q.one)))
"""

_DM = """
SELECT r.id::text FROM room_members a
JOIN room_members b ON b.room_id = a.room_id AND b.user_id = $2
JOIN rooms r ON r.id = a.room_id
WHERE a.user_id = $1 AND r.room_type = 'dm' AND r.deleted_at IS NULL ORDER BY r.id LIMIT 1
"""

_INVITES = """
SELECT id::text, token::text, inviter_id::text, invitee_id::text, max_uses, uses,
       to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at
FROM room_invitations
WHERE room_id = $1 AND revoked_at IS NULL AND expires_at > now()
  AND (max_uses IS NULL OR uses < max_uses)
ORDER BY id DESC LIMIT 100
"""

_GUESTS = """
SELECT i.token::text, m.room_id::text, m.user_id::text
FROM room_invitations i
JOIN users u ON u.guest_invitation_id = i.id
JOIN room_members m ON m.room_id = i.room_id AND m.user_id = u.id AND m.state = 'joined'
WHERE i.token = ANY($1::uuid[])
ORDER BY m.user_id
"""

_ROOM_OF = "SELECT room_id::text FROM room_invitations WHERE token = $1"


async def load_membership_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[MembershipRows]:
    """For each command, the invitation it names and the users it adds."""
    tokens = [_token(item) for item in submissions]
    wanted_users = [_users(item) for item in submissions]
    invitations: dict[str, Invitation] = {}
    if any(tokens):
        rows = await connection.fetch(_INVITATIONS, [token for token in tokens if token])
        invitations = {row["token"]: _invitation(row) for row in rows}
    users: dict[str, UserCard] = {}
    if any(wanted_users):
        ids = sorted({user_id for wanted in wanted_users for user_id in wanted})
        users = {row["id"]: _card(row) for row in await connection.fetch(_USERS, ids)}
    guests = await _guests(connection, submissions)
    pairs = [(item.actor.user_id, _other(item)) for item in submissions]
    blocked = await blocked_pairs(connection, pairs) if any(other for _, other in pairs) else set()
    return [
        MembershipRows(
            invitations.get(token) if token else None,
            tuple(users[user_id] for user_id in wanted if user_id in users),
            blocked=number in blocked,
            dm_id=await find_dm(connection, *pair) if (pair := _dm(item)) is not None else None,
            guests=guests.get(token, ()) if token else (),
        )
        for number, (item, token, wanted) in enumerate(
            zip(submissions, tokens, wanted_users, strict=True)
        )
    ]


async def _guests(
    connection: Connection, submissions: Sequence[Submission]
) -> dict[str, tuple[Member, ...]]:
    """Those in the room who came by an invitation that is taken back, by its token."""
    tokens = [i.payload.token.lower() for i in submissions if isinstance(i.payload, RevokeInvite)]
    rows = await connection.fetch(_GUESTS, tokens) if tokens else []
    if not rows:
        return {}
    members = await load_members(connection, [(r["room_id"], r["user_id"]) for r in rows])
    found: dict[str, tuple[Member, ...]] = {}
    for row in rows:
        member = members[row["room_id"], row["user_id"]]
        found[row["token"]] = (*found.get(row["token"], ()), member)
    return found


async def blocked_pairs(
    connection: Connection, pairs: Sequence[tuple[str, str | None]]
) -> set[int]:
    """Numbers (from 0) of the pairs of which one has blocked the other."""
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    return {row["number"] - 1 for row in await connection.fetch(_BLOCKED, ones, others)}


async def find_dm(pool: "Pool | Connection", one_id: str, other_id: str) -> str | None:
    """The direct message of two people."""
    room_id: str | None = await pool.fetchval(_DM, one_id, other_id)
    return room_id


class OpenInvite(Struct, frozen=True, kw_only=True):
    """An invitation that still lets somebody in."""

    id: str
    token: str
    inviter_id: str
    invitee_id: str | None
    expires_at: str
    max_uses: int | None
    uses: int


async def open_invites(pool: Pool, room_id: str) -> list[OpenInvite]:
    """A room's invitations that are still good, newest first."""
    return [msgspec.convert(dict(row), OpenInvite) for row in await pool.fetch(_INVITES, room_id)]


def membership_parts(rows: Sequence[Any]) -> list[Part]:
    """New, used and revoked invitations, and what else was noted."""
    invitations = [row for row in rows if isinstance(row, Invitation)]
    parts = []
    if revoked := [i.id for i in invitations if i.revoked]:
        parts.append(Part(_REVOKE_INVITATIONS, (revoked,)))
    if kept := [i for i in invitations if not i.revoked]:
        columns = (
            [i.id for i in kept],
            [i.room_id for i in kept],
            [i.inviter_id for i in kept],
            [i.invitee_id for i in kept],
            [i.token for i in kept],
            [i.expires_at_ms for i in kept],
            [i.max_uses for i in kept],
            [i.uses for i in kept],
        )
        parts.append(Part(_WRITE_INVITATIONS, columns))
    return parts + side_parts(rows)


async def room_of_invitation(pool: Pool, token: str) -> str | None:
    """The room an invitation leads to, whether it is still good or not."""
    room_id: str | None = await pool.fetchval(_ROOM_OF, token)
    return room_id


def _token(item: Submission) -> str | None:
    payload = item.payload
    if isinstance(payload, AcceptInvite | RevokeInvite):
        return payload.token.lower()
    if isinstance(payload, JoinRoom) and payload.invite_token is not None:
        return payload.invite_token.lower()
    return None


def _users(item: Submission) -> tuple[str, ...]:
    if isinstance(item.payload, CreateRoom):
        return tuple(user_id.lower() for user_id in item.payload.members)
    if isinstance(item.payload, CreateInvite) and item.payload.invitee_id is not None:
        return (item.payload.invitee_id.lower(),)
    return ()


def _other(item: Submission) -> str | None:
    """The one person that a direct message or an invitation is for."""
    if isinstance(item.payload, CreateRoom) and item.payload.type != "dm":
        return None
    wanted = [user_id for user_id in _users(item) if user_id != item.actor.user_id]
    return wanted[0] if len(wanted) == 1 else None


def _dm(item: Submission) -> tuple[str, str] | None:
    if isinstance(item.payload, CreateRoom) and (other := _other(item)) is not None:
        return item.actor.user_id, other
    return None


def _key(item: Submission) -> str | None:
    """Uses of one invitation, and direct messages of the same two, come one after the other."""
    if (pair := _dm(item)) is not None:
        return " ".join(sorted(pair))
    return _token(item)


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=row["id"],
        room_id=row["room_id"],
        inviter_id=row["inviter_id"],
        invitee_id=row["invitee_id"],
        token=row["token"],
        expires_at_ms=row["expires_at_ms"],
        max_uses=row["max_uses"],
        uses=row["uses"],
        revoked=row["revoked"],
    )


def _card(row: Any) -> UserCard:
    return UserCard(row["id"], row["username"], row["display_name"], row["is_guest"])


MEMBERSHIP_ROWS = RowStore(load_membership_rows, part=membership_parts, key=_key)
