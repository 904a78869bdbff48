"""What the handlers work with, put together once at the start (hub/rest.py)."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from msgspec import Struct

from api.auth.passwords import Passwords
from api.chat.parts import ChatParts
from api.presence.parts import PresenceParts
from api.tokens import Tokens
from api.tracks.progressive import Progressive
from api.turns import Turns
from rooms.access import Principal
from rooms.errors import Unavailable
from rooms.feature import Actor
from storage.accounts.accounts import Accounts
from storage.accounts.lockouts import Lockouts
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets
from storage.albums.albums import Albums
from storage.albums.artists import Artists
from storage.commit import Committed
from storage.live.live import Lives, StreamKeys
from storage.objects.objects import ObjectStore
from storage.playlists.collaborators import Collaborators
from storage.playlists.links import PlaylistLinks
from storage.playlists.playlists import Playlists
from storage.playlists.tracks import PlaylistTracks
from storage.queue.rooms import QueueRooms
from storage.rate_limits import RequestLimiter
from storage.refs import Refs
from storage.tracks.details import TrackDetails
from storage.tracks.hearing import Hearing
from storage.tracks.lists import TrackLists
from storage.tracks.media import TrackMedia
from storage.tracks.originals import Originals
from storage.tracks.people import TrackPeople
from storage.tracks.plays import Plays
from storage.tracks.search import TrackSearch
from storage.tracks.tracks import Catalog
from storage.uploads.uploads import Uploads

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
    """storage.tracks.media.find_track_media: by UUID or by digits."""
    hearing: Hearing
    chat: ChatParts
    presence: PresenceParts
    objects: ObjectStore
    tokens: Tokens
    chat_tokens: Tokens
    """Chat's own, with another key (hub/chat_socket)."""
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
    rtmp_url: str | None = None
    """Where people publish to by RTMP; None where nobody can."""
    tell_ingest: TellIngest = _no_ingest
    """Hands on what the RTMP server says of a stream key: hub.live.rtmp_door."""
    csrf_secret: bytes
    """Keyed hashes of sessions are made with it; the same on every node."""
    allowed_origins: tuple[str, ...] = ()
    """Further origins whose pages may write with our cookies."""
    creators_by_default: bool = True
    """Whoever registers may upload (specification C12); False leaves that to an administrator."""
    turns: Turns = Turns()
    """Sign-ins to one account, one at a time."""
    now_ms: Callable[[], int] = _now_ms
