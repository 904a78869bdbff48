"""People and rooms for tests, made the way the product makes them."""

import time
import uuid
from typing import Any

import msgspec
import uuid_utils

from rooms.access import Principal
from rooms.feature import Actor
from rooms.membership.commands import CreateRoom
from storage.backends import Pool
from storage.commit import Committer

_NEW_USER = """
INSERT INTO users (id, username, email, password_hash, display_name, is_guest)
VALUES ($1, $2, $3, '!', $4, $5)
"""


def fresh_id() -> str:
    """A UUIDv7, as the product makes them."""
    return str(uuid_utils.uuid7())


async def new_user(pool: Pool, name: str, *, is_guest: bool = False) -> Actor:
    """An account that can act."""
    user_id = fresh_id()
    username = f"{name}-{user_id[-6:]}"
    await pool.execute(_NEW_USER, user_id, username, f"{user_id}@example.org", name, is_guest)
    return Actor(user_id, username, name, device_id=str(uuid.uuid4()), is_guest=is_guest)


async def new_room(committer: Committer, owner: Actor, **fields: Any) -> str:
    """A room of `owner`; returns its id."""
    command = CreateRoom(name=fields.pop("name", "Kitchen"), **fields)
    committed = await committer.submit(
        "room:create", command, room_id=None, actor=owner, op_id=fresh_id()
    )
    return str(msgspec.json.decode(committed.data)["id"])


def principal_of(actor: Actor) -> Principal:
    """The verified caller that a token of `actor` would name."""
    return Principal(
        user_id=actor.user_id,
        session_id=fresh_id(),
        username=actor.username,
        display_name=actor.display_name,
        role="guest" if actor.is_guest else "user",
        expires_at_ms=time.time_ns() // 1_000_000 + 900_000,
    )


_NEW_TRACK = """
INSERT INTO tracks (id, creator_id, title, artist, duration_ms, duration, status, stream_status,
                    is_public, media_prefix)
VALUES ($1, $2, $3, 'The Testers', $4::bigint, ($4 / 1000)::int, 'completed', 'ready', $5,
        'tracks/x')
"""


async def new_track(
    pool: Pool, owner: Actor, title: str, duration_ms: int = 60_000, *, is_public: bool = True
) -> str:
    """A track that can be queued; returns its id."""
    track_id = fresh_id()
    await pool.execute(_NEW_TRACK, track_id, owner.user_id, title, duration_ms, is_public)
    return track_id


async def new_playlist(pool: Pool, owner_id: str, *tracks: str, public: bool = True) -> str:
    """A playlist of these tracks, in this order."""
    playlist_id: str = await pool.fetchval(
        "INSERT INTO playlists (user_id, name, is_public) "
        "VALUES ($1, 'List', $2) RETURNING id::text",
        owner_id,
        public,
    )
    await pool.executemany(
        "INSERT INTO playlist_tracks (playlist_id, track_id, position) VALUES ($1, $2, $3)",
        [(playlist_id, track_id, n) for n, track_id in enumerate(tracks)],
    )
    return playlist_id
