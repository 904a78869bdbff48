"""RTMP, as the ingest process sees it: which broadcast a stream key is for, and whether it may be.

Web nodes hand on what the RTMP server asks them (api/live/callbacks.py, hub/live/rtmp_door.py),
with the secret that all of them share.
"""

import asyncio
import logging
from hmac import compare_digest

import msgspec
import uuid_utils
from aiohttp import web
from msgspec import Struct

from media.rtmp.pulls import Pulls
from rooms.errors import Conflict, Forbidden, NotFound
from rooms.feature import Actor
from rooms.live.commands import CreateLive, OnLive
from rooms.membership.commands import CreateRoom
from storage.accounts.accounts import Account, Accounts
from storage.commit import Committer
from storage.live.live import LiveRow, Lives, StreamKeys

log = logging.getLogger(__name__)

MAX_TITLE_CHARS = 200
MAX_ROOM_NAME_CHARS = 80


class RtmpCall(Struct, frozen=True):
    """What a web node hands on."""

    key: str
    client: str
    """The RTMP server's number of the connection."""


class RtmpCalls:
    """Handlers of /rtmp, for web nodes only."""

    def __init__(
        self,
        secret: str,
        pulls: Pulls,
        lives: Lives,
        keys: StreamKeys,
        accounts: Accounts,
        committer: Committer,
    ) -> None:
        self._secret = secret.encode()
        self._pulls = pulls
        self._lives = lives
        self._keys = keys
        self._accounts = accounts
        self._committer = committer
        self._one_at_a_time = asyncio.Lock()

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/rtmp/publish", self.publish)
        app.router.add_post("/rtmp/update", self.update)
        app.router.add_post("/rtmp/publish_done", self.publish_done)

    async def publish(self, request: web.Request) -> web.Response:
        """Somebody wants to publish: 204 when he may, and his broadcast is pulled from now on.

        Raises:
            NotFound: UNKNOWN_STREAM_KEY.
            Conflict, Forbidden: his broadcast was ended, another connection of his has taken over,
            or the room does not let him on air.
        """
        call = await self._read(request)
        async with self._one_at_a_time:
            account = await self._owner(call.key)
            live = self._pulls.live_of(call.key) or await self._announced(account, call.key)
            self._refuse_displaced(call.key, live)
            await self._submit_start(live, account)
            self._pulls.begin(call.key, live, call.client)
        return web.Response(status=204)

    async def update(self, request: web.Request) -> web.Response:
        """He publishes still: 204 when he may go on, and a lost pull is taken up again.

        Raises:
            NotFound: UNKNOWN_STREAM_KEY, such as one that was regenerated an hour ago.
            Conflict: his broadcast is over.
            Forbidden: he was put out of its room.
        """
        call = await self._read(request)
        async with self._one_at_a_time:
            account = await self._owner(call.key)
            if self._pulls.live_of(call.key) is None:
                live = await self._lives.to_publish(account.id)
                if live is None or live.status == "scheduled":
                    raise Conflict("This broadcast is over.")
                self._refuse_displaced(call.key, live)
                await self._submit_start(live, account)
                self._pulls.begin(call.key, live, call.client)
        return web.Response(status=204)

    async def publish_done(self, request: web.Request) -> web.Response:
        """He has stopped: 204, whoever he was. Listeners wait as long as the grace lasts."""
        call = await self._read(request)
        await self._pulls.end(call.key, call.client)
        return web.Response(status=204)

    async def _read(self, request: web.Request) -> RtmpCall:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not compare_digest(given.encode(), self._secret):
            raise Forbidden("This is for web nodes.")
        return msgspec.json.decode(await request.read(), type=RtmpCall)

    async def _owner(self, key: str) -> Account:
        user_id = await self._keys.owner(key)
        account = await self._accounts.get(user_id) if user_id is not None else None
        if account is None:
            raise NotFound("This stream key is not valid.", "UNKNOWN_STREAM_KEY")
        return account

    async def _announced(self, account: Account, key: str) -> LiveRow:
        """What he has announced; else a broadcast in the room where he was last on air."""
        live = await self._lives.to_publish(account.id)
        if live is not None:
            self._pulls.begin_anew(key)
            return live
        if self._pulls.was_ended(key):
            raise Conflict("This broadcast was ended. Announce another one to go live again.")
        actor = _actor(account)
        room_id = await self._lives.last_room(account.id) or await self._new_room(actor)
        made = await self._committer.submit(
            "live:create",
            CreateLive(room_id=room_id, op_id=_fresh_id(), title=_title(account)),
            room_id=room_id,
            actor=actor,
        )
        found = await self._lives.find(_id_of(made.data))
        assert found is not None
        return found

    def _refuse_displaced(self, key: str, live: LiveRow) -> None:
        if self._pulls.is_displaced(key, live):
            raise Conflict("Another connection of this broadcaster has taken over.")

    async def _new_room(self, actor: Actor) -> str:
        name = actor.display_name[:MAX_ROOM_NAME_CHARS]
        room = CreateRoom(name=name, type="public")
        made = await self._committer.submit("room:create", room, room_id=None, actor=actor)
        return _id_of(made.data)

    async def _submit_start(self, live: LiveRow, account: Account) -> None:
        """Raises unless he may be on air there: he was banned, or somebody else is."""
        start = OnLive(room_id=live.room_id, op_id=_fresh_id(), live_id=live.id)
        await self._committer.submit(
            "live:start", start, room_id=live.room_id, actor=_actor(account)
        )


def _actor(account: Account) -> Actor:
    return Actor(account.id, account.username, account.display_name, is_guest=account.is_guest)


def _title(account: Account) -> str:
    return f"{account.display_name} live"[:MAX_TITLE_CHARS]


def _id_of(data: msgspec.Raw) -> str:
    return str(msgspec.json.decode(data)["id"])


def _fresh_id() -> str:
    return str(uuid_utils.uuid7())
