"""The parts that REST handlers work with, made from the settings and a running node."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from api.auth.passwords import open_passwords
from api.auth.principals import Authenticator
from api.parts import Api
from api.tokens import Tokens, hmac_tokens, rsa_tokens
from api.tracks.progressive import Progressive
from hub.access import may_enter
from hub.chat_rest import chat_parts
from hub.fanout.announcements import Announcements
from hub.live.rtmp_door import open_rtmp_door
from hub.node import Node
from hub.settings import Settings
from storage.accounts.accounts import Accounts
from storage.accounts.lockouts import Lockouts
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets
from storage.albums.albums import Albums
from storage.albums.artists import Artists
from storage.backends import Backends
from storage.live.live import Lives, StreamKeys
from storage.playlists.collaborators import Collaborators
from storage.playlists.links import PlaylistLinks
from storage.playlists.playlists import Playlists
from storage.playlists.tracks import PlaylistTracks
from storage.queue.rooms import QueueRooms
from storage.rate_limits import RequestLimiter
from storage.refs import Refs
from storage.rooms.membership import room_of_invitation
from storage.tracks.details import TrackDetails
from storage.tracks.hearing import Hearing
from storage.tracks.lists import TrackLists
from storage.tracks.media import find_track_media
from storage.tracks.originals import Originals
from storage.tracks.people import TrackPeople
from storage.tracks.plays import Plays
from storage.tracks.search import TrackSearch
from storage.tracks.tracks import Catalog
from storage.uploads.plans import BASIC_UPLOADS_PER_MONTH, PlanLimits
from storage.uploads.uploads import Uploads


def make_tokens(settings: Settings) -> Tokens:
    """What signs and checks access tokens: a key pair when there is one, else the secret."""
    private, public = settings.jwt_private_key_path, settings.jwt_public_key_path
    if private is not None and public is not None:
        return rsa_tokens(
            private.read_bytes(),
            public.read_bytes(),
            settings.jwt_issuer,
            settings.jwt_audience,
        )
    assert settings.jwt_secret is not None
    return hmac_tokens(settings.jwt_secret, settings.jwt_issuer, settings.jwt_audience)


def make_chat_tokens(settings: Settings) -> Tokens:
    """What signs and checks chat tokens: a key of their own, for another audience.

    A chat token is no access token and the other way round, whatever the keys.
    """
    secret = settings.chat_jwt_secret or _derived(settings, b"veza-chat").hex()
    return hmac_tokens(secret, settings.jwt_issuer, f"{settings.jwt_audience}/chat")


def make_authenticator(backends: Backends, tokens: Tokens) -> Authenticator:
    """Checks tokens and asks whether their sessions still live."""
    return Authenticator(tokens, Sessions(backends.pool))


@asynccontextmanager
async def open_api(settings: Settings, node: Node, tokens: Tokens) -> AsyncIterator[Api]:
    """The parts, while the block lasts."""
    pool = node.backends.pool

    async def find_room(token: str) -> str | None:
        return await room_of_invitation(pool, token)

    async with AsyncExitStack() as stack:
        passwords = stack.enter_context(open_passwords())
        tell_ingest = await stack.enter_async_context(
            open_rtmp_door(settings.ingest_url, settings.rtmp_callback_secret)
        )
        yield Api(
            accounts=Accounts(pool),
            sessions=Sessions(pool),
            lockouts=Lockouts(pool),
            tickets=Tickets(pool),
            catalog=Catalog(pool),
            lists=TrackLists(pool),
            search=TrackSearch(pool),
            details=TrackDetails(pool),
            track_people=TrackPeople(pool),
            uploads=Uploads(pool, _basic_plan(settings)),
            playlists=Playlists(pool),
            playlist_tracks=PlaylistTracks(pool),
            playlist_links=PlaylistLinks(pool),
            collaborators=Collaborators(pool),
            artists=Artists(pool),
            albums=Albums(pool),
            refs=Refs(pool),
            plays=Plays(pool),
            originals=Originals(pool),
            queue_rooms=QueueRooms(pool),
            lives=Lives(pool),
            stream_keys=StreamKeys(pool),
            may_enter=may_enter(pool),
            progressive=Progressive(node.backends.objects),
            find_media=partial(find_track_media, pool),
            hearing=Hearing(pool),
            chat=chat_parts(
                pool,
                node.committer,
                node.bus.publish_nowait,
                node.pusher.keys,
                settings.clamav_address,
            ),
            presence=node.showing,
            objects=node.backends.objects,
            tokens=tokens,
            chat_tokens=make_chat_tokens(settings),
            passwords=passwords,
            limiter=RequestLimiter(node.backends.redis, settings.limits),
            submit=node.committer.submit,
            track_hidden=Announcements(pool, node.committer).hide,
            room_of_invitation=find_room,
            publish=node.bus.publish,
            track_gone=Announcements(pool, node.committer).withdraw,
            rtmp_secret=settings.rtmp_callback_secret,
            rtmp_url=settings.rtmp_public_url if settings.takes_rtmp else None,
            tell_ingest=tell_ingest,
            csrf_secret=_derived(settings, b"veza-csrf"),
            allowed_origins=settings.allowed_origins,
        )


def _basic_plan(settings: Settings) -> PlanLimits:
    """What the default plan allows here; the other plans are as the specification says."""
    return PlanLimits(
        plan="basic",
        max_file_bytes=settings.upload_max_bytes,
        max_duration_s=settings.upload_max_duration_s,
        uploads_per_month=BASIC_UPLOADS_PER_MONTH,
        storage_bytes=settings.upload_quota_bytes,
    )


def _derived(settings: Settings, purpose: bytes) -> bytes:
    """A key of its own purpose, the same on every node, from the key that signs tokens."""
    if settings.jwt_private_key_path is not None:
        root = settings.jwt_private_key_path.read_bytes()
    else:
        root = (settings.jwt_secret or "").encode()
    return hashlib.blake2b(root, person=purpose, digest_size=32).digest()
