"""Rows of membership: invitations and the users a room is made with."""

from collections.abc import Sequence
from typing import Any

from rooms.membership_commands import AcceptInvite, CreateRoom, JoinRoom
from rooms.membership_records import Invitation, MembershipRows, UserCard
from storage.backends import Pool
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission

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
    uses = room_invitations.uses + 1,
    status = CASE WHEN room_invitations.uses + 1 >= room_invitations.max_uses THEN 'accepted'
                  ELSE room_invitations.status END,
    updated_at = now()
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
    return [
        MembershipRows(
            invitations.get(token) if token else None,
            tuple(users[user_id] for user_id in wanted if user_id in users),
        )
        for token, wanted in zip(tokens, wanted_users, strict=True)
    ]


async def write_invitations(connection: Connection, invitations: Sequence[Invitation]) -> None:
    """New invitations, and one more use of old ones.

    Two uses of one invitation may stand in the same batch, so they are written one after the other.
    """
    for i in invitations:
        await connection.execute(
            _WRITE_INVITATIONS,
            [i.id],
            [i.room_id],
            [i.inviter_id],
            [i.invitee_id],
            [i.token],
            [i.expires_at_ms],
            [i.max_uses],
            [i.uses],
        )


MEMBERSHIP_ROWS = RowStore(load_membership_rows, write_invitations)


async def room_of_invitation(pool: Pool, token: str) -> str | None:
    """The room an invitation leads to, whether it is still good or not."""
    room_id: str | None = await pool.fetchval(_ROOM_OF, token)
    return room_id


def _token(item: Submission) -> str | None:
    payload = item.payload
    if isinstance(payload, AcceptInvite):
        return payload.token.lower()
    if isinstance(payload, JoinRoom) and payload.invite_token is not None:
        return payload.invite_token.lower()
    return None


def _users(item: Submission) -> tuple[str, ...]:
    if isinstance(item.payload, CreateRoom):
        return tuple(user_id.lower() for user_id in item.payload.members)
    return ()


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
