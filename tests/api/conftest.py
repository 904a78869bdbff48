"""The REST door of one node, over real PostgreSQL, Redis and files."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Struct

from api.auth.passwords import open_passwords
from api.auth.principals import Authenticator, identify
from api.envelope import answer_errors
from api.parts import Api
from api.routes import mount
from api.tokens import Tokens, hmac_tokens
from api.tracks.progressive import Progressive
from hub.access import may_enter
from hub.chat_rest import chat_parts
from hub.door.sessions import Sessions as Connected
from hub.fanout.announcements import Announcements
from hub.presence import Presence, Showing
from hub.push.encryption import VapidKeys, make_keys
from rooms.features import FEATURES
from storage.accounts.accounts import Accounts
from storage.accounts.lockouts import Lockouts
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets
from storage.albums.albums import Albums
from storage.albums.artists import Artists
from storage.backends import Pool
from storage.commit import open_committer
from storage.live.live import Lives, StreamKeys
from storage.objects.objects import FolderSpec, open_objects
from storage.playlists.collaborators import Collaborators
from storage.playlists.links import PlaylistLinks
from storage.playlists.playlists import Playlists
from storage.playlists.tracks import PlaylistTracks
from storage.presence.places import Places
from storage.queue.rooms import QueueRooms
from storage.rate_limits import RequestLimiter
from storage.redis import open_client
from storage.refs import Refs
from storage.rooms.membership import room_of_invitation
from storage.row_stores import ROW_STORES
from storage.tracks.details import TrackDetails
from storage.tracks.hearing import Hearing
from storage.tracks.lists import TrackLists
from storage.tracks.media import find_track_media
from storage.tracks.originals import Originals
from storage.tracks.people import TrackPeople
from storage.tracks.plays import Plays
from storage.tracks.search import TrackSearch
from storage.tracks.tracks import Catalog
from storage.uploads.uploads import Uploads

SECRET = "a secret of more than thirty-two bytes!"
PASSWORD = "correct horse battery staple"

_names = itertools.count(1)


async def vapid_keys() -> VapidKeys:
    """A key pair of this test."""
    return make_keys()


class Published:
    """What the API told live sockets, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, Any]] = []

        self._heard = asyncio.Condition()

    async def __call__(self, stream: str, event: str, data: Any) -> None:
        self.events.append((stream, event, data))
        async with self._heard:
            self._heard.notify_all()

    async def heard(self, event: str) -> None:
        """Wait for an event of this name, five seconds at most."""
        async with asyncio.timeout(5), self._heard:
            await self._heard.wait_for(lambda: self.of(event))

    def of(self, event: str) -> list[tuple[str, Any]]:
        return [(stream, data) for stream, name, data in self.events if name == event]


class Answer(Struct, frozen=True):
    """A JSON answer as a test looks at it."""

    status: int
    body: Any
    headers: Any
    cookies: Any

    @property
    def data(self) -> Any:
        assert self.body["success"], self.body
        return self.body["data"]

    @property
    def code(self) -> str:
        assert not self.body["success"], self.body
        return str(self.body["error_code"])

    @property
    def fields(self) -> dict[str, str]:
        return {error["field"]: error["code"] for error in self.body["errors"]}


class Caller:
    """Somebody who calls the API with a bearer token, or with none."""

    def __init__(self, client: TestClient[web.Request, web.Application], token: str | None = None):
        self.client = client
        self.token = token
        self.user: Any = None
        self.refresh_token: str | None = None

    async def __call__(self, method: str, path: str, json: Any = None, **kwargs: Any) -> Answer:
        headers = dict(kwargs.pop("headers", {}))
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if json is not None:
            kwargs["json"] = json
        url = path if path.startswith("/api/") else f"/api/v1{path}"
        async with self.client.request(method, url, headers=headers, **kwargs) as response:
            body = await response.json(content_type=None)
            return Answer(response.status, body, response.headers, response.cookies)

    async def get(self, path: str, **kwargs: Any) -> Answer:
        return await self("GET", path, **kwargs)

    async def post(self, path: str, json: Any = None, **kwargs: Any) -> Answer:
        return await self("POST", path, json, **kwargs)

    async def put(self, path: str, json: Any = None, **kwargs: Any) -> Answer:
        return await self("PUT", path, json, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> Answer:
        return await self("DELETE", path, **kwargs)


class Door:
    """A running API and ways to come in."""

    def __init__(
        self, client: TestClient[web.Request, web.Application], api: Api, pool: Pool, objects: Path
    ) -> None:
        self.client = client
        self.pool = pool
        self.objects = objects
        self.api = api
        self.stranger = Caller(client)

    def stored(self) -> list[str]:
        """Keys of all objects, and what is half-written."""
        return sorted(
            str(path.relative_to(self.objects))
            for path in self.objects.rglob("*")
            if path.is_file()
        )

    @property
    def published(self) -> Published:
        assert isinstance(self.api.publish, Published)
        return self.api.publish

    async def newcomer(self, **changes: Any) -> Caller:
        """Somebody who has just registered."""
        name = f"user{next(_names)}"
        form = {"username": name, "email": f"{name}@example.org", "password": PASSWORD} | changes
        answer = await self.stranger.post("/auth/register", form)
        assert answer.status == 201, answer.body
        self.client.session.cookie_jar.clear()
        return self.signed_in(answer)

    async def add_track(self, owner: Caller, **columns: Any) -> str:
        """A finished public track of `owner`, unless `columns` say otherwise; returns its UUID."""
        values = {"title": f"Track {next(_names)}", "status": "completed", "has_waveform": True}
        values |= {"creator_id": owner.user["id"]} | columns
        marks = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        track_id = await self.pool.fetchval(
            f"INSERT INTO tracks ({', '.join(values)}) VALUES ({marks}) RETURNING id::text",  # noqa: S608
            *values.values(),
        )
        return str(track_id)

    def signed_in(self, answer: Answer) -> Caller:
        """The caller whom an answer with tokens names."""
        caller = Caller(self.client, answer.data["access_token"])
        caller.user = answer.data["user"]
        caller.refresh_token = answer.data["refresh_token"]
        return caller


OpenDoor = Callable[..., Any]


@pytest.fixture
def tokens() -> Tokens:
    return hmac_tokens(SECRET, "veza-api", "veza-platform")


@pytest.fixture
async def open_door(
    pool: Pool, database_url: str, redis_url: str, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[OpenDoor]:
    """Opens further doors on the same database: `await open_door(limits=True)`."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_client(redis_url))
        objects = await stack.enter_async_context(open_objects(FolderSpec(tmp_path / "objects")))
        passwords = stack.enter_context(open_passwords(threads=1, cost=4))
        committer = await stack.enter_async_context(
            open_committer(database_url, FEATURES, ROW_STORES, lambda _events: None)
        )

        async def opened(*, limits: bool = False, **changes: Any) -> Door:
            parts: dict[str, Any] = {
                "accounts": Accounts(pool),
                "sessions": Sessions(pool),
                "lockouts": Lockouts(pool),
                "tickets": Tickets(pool),
                "catalog": Catalog(pool),
                "lists": TrackLists(pool),
                "search": TrackSearch(pool),
                "details": TrackDetails(pool),
                "track_people": TrackPeople(pool),
                "uploads": Uploads(pool),
                "playlists": Playlists(pool),
                "playlist_tracks": PlaylistTracks(pool),
                "playlist_links": PlaylistLinks(pool),
                "collaborators": Collaborators(pool),
                "artists": Artists(pool),
                "albums": Albums(pool),
                "refs": Refs(pool),
                "plays": Plays(pool),
                "originals": Originals(pool),
                "progressive": Progressive(objects),
                "find_media": partial(find_track_media, pool),
                "hearing": Hearing(pool),
                "queue_rooms": QueueRooms(pool),
                "lives": Lives(pool),
                "stream_keys": StreamKeys(pool),
                "may_enter": may_enter(pool),
                "chat": chat_parts(pool, committer, lambda *_: None, vapid_keys),
                "presence": Showing(
                    pool,
                    Presence(
                        pool=pool,
                        places=Places(redis, "this node"),
                        sessions=Connected(),
                        send=lambda *_: None,
                    ),
                ),
                "objects": objects,
                "tokens": tokens,
                "chat_tokens": hmac_tokens(f"{SECRET} of chat", "veza-api", "veza-chat"),
                "passwords": passwords,
                "limiter": RequestLimiter(redis, enabled=limits),
                "submit": committer.submit,
                "room_of_invitation": partial(room_of_invitation, pool),
                "track_gone": Announcements(pool, committer).withdraw,
                "track_hidden": Announcements(pool, committer).hide,
                "publish": Published(),
                "csrf_secret": b"csrf secret",
            }
            api = Api(**(parts | changes))
            authenticator = Authenticator(api.tokens, api.sessions)
            app = web.Application(middlewares=[answer_errors, identify(authenticator)])
            mount(app, api)
            client = await stack.enter_async_context(TestClient(TestServer(app)))
            return Door(client, api, pool, tmp_path / "objects")

        yield opened


@pytest.fixture
async def door(open_door: OpenDoor) -> Door:
    opened = await open_door()
    assert isinstance(opened, Door)
    return opened
