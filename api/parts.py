"""What the handlers work with, put together once at the start (hub/rest.py)."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from msgspec import Struct

from api.chat_parts import ChatParts
from api.passwords import Passwords
from api.progressive import Progressive
from api.tokens import Tokens
from api.turns import Turns
from rooms.access import Principal
from rooms.errors import Unavailable
from rooms.feature import Actor
from storage.accounts import Accounts
from storage.albums import Albums
from storage.artists import Artists
from storage.catalog import Catalog
from storage.collaborators import Collaborators
from storage.commit import Committed
from storage.hearing import Hearing
from storage.live import Lives, StreamKeys
from storage.lockouts import Lockouts
from storage.objects import ObjectStore
from storage.originals import Originals
from storage.playlist_links import PlaylistLinks
from storage.playlist_tracks import PlaylistTracks
from storage.playlists import Playlists
from storage.plays import Plays
from storage.queue_rooms import QueueRooms
from storage.rate_limits import RequestLimiter
from storage.refs import Refs
from storage.sessions import Sessions
from storage.tickets import Tickets
from storage.track_details import TrackDetails
from storage.track_lists import TrackLists
from storage.track_media import TrackMedia
from storage.track_people import TrackPeople
from storage.track_search import TrackSearch
from storage.uploads import Uploads

Publish = Callable[[str, str, Any], Awaitable[None]]
"""`await publish(stream, event, data)`: an ephemeral event, such as storage.bus.Bus.publish."""
RoomOfInvitation = Callable[[str], Awaitable[str | None]]
"""The room that an invitation's token opens; None when there is no such invitation."""


Ask = Literal["publish", "update", "publish_done"]
TellIngest = Callable[[Ask, str, str], Awaitable[None]]
"""`await tell(ask, key, client)`; raises HubError when the broadcaster is to be refused."""


class Submit(Protocol):
    """The way into the ordered logs: storage.commit.Committer.submit."""

    async def __call__(
        self,
        command: str,
        payload: Struct,
        *,
        room_id: str | None,
        actor: Actor,
        op_id: str | None = None,
    ) -> Committed:
        """Run one room command; it is on disk when this returns. The same op_id runs once."""
        ...


async def _no_ingest(_ask: Ask, _key: str, _client: str) -> None:
    raise Unavailable("Going live is not set up on this hub.", "LIVE_UNAVAILABLE")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Api(Struct, frozen=True, kw_only=True):
    """Stores and plain values. A handler takes from it what it needs."""

    accounts: Accounts
    sessions: Sessions
    lockouts: Lockouts
    tickets: Tickets
    catalog: Catalog
    lists: TrackLists
    search: TrackSearch
    details: TrackDetails
    track_people: TrackPeople
    uploads: Uploads
    playlists: Playlists
    playlist_tracks: PlaylistTracks
    playlist_links: PlaylistLinks
    collaborators: Collaborators
    artists: Artists
    albums: Albums
    refs: Refs
    plays: Plays
    originals: Originals
    progressive: Progressive
    queue_rooms: QueueRooms
    lives: Lives
    stream_keys: StreamKeys
    may_enter: Callable[[str, Principal | None], Awaitable[bool]]
    """Whether somebody may hear a room's broadcasts."""
    find_media: Callable[[str], Awaitable[TrackMedia | None]]
    """storage.track_media.find_track_media: by UUID or by digits."""
    hearing: Hearing
    chat: ChatParts
    objects: ObjectStore
    tokens: Tokens
    passwords: Passwords
    limiter: RequestLimiter
    submit: Submit
    room_of_invitation: RoomOfInvitation
    publish: Publish
    track_hidden: Callable[[str, str], Awaitable[None]]
    """Tells the rooms that have a track queued which its owner has made private, by both ids."""
    track_gone: Callable[[str], Awaitable[None]]
    """Tells the rooms that have a deleted track queued; safe to repeat."""
    rtmp_secret: str | None = None
    """What the RTMP server knows; without one, it is refused."""
    tell_ingest: TellIngest = _no_ingest
    """Hands on what the RTMP server says of a stream key: hub.rtmp_door."""
    csrf_secret: bytes
    """Keyed hashes of sessions are made with it; the same on every node."""
    allowed_origins: tuple[str, ...] = ()
    """Further origins whose pages may write with our cookies."""
    creators_by_default: bool = True
    """Whoever registers may upload (specification C12); False leaves that to an administrator."""
    turns: Turns = Turns()
    """Sign-ins to one account, one at a time."""
    now_ms: Callable[[], int] = _now_ms
