"""Sends Web Push messages: a few at a time, each at most once, never to a private address."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import TypeAlias

import msgspec
from aiohttp import ClientError, ClientSession
from msgspec import Struct
from msgspec.structs import replace

from hub.push.encryption import MAX_PLAIN_BYTES, VapidKeys, authorization, make_keys, seal
from hub.push.outbound import IsAllowed, Refused, check_url, is_public, open_outbound
from rooms.errors import Unavailable
from storage.notifications.push import PushStore, Subscription
from storage.postgres import answering

log = logging.getLogger(__name__)

MAX_WAITING = 1_000
"""Messages that may wait; beyond, they are dropped: the notification itself is kept."""
WORKERS = 4
TTL_S = 24 * 3600
"""How long a push service keeps a message for a browser that is off."""


class Push(Struct, frozen=True):
    """What a browser shows."""

    id: str
    type: str
    title: str
    body: str | None
    link: str | None
    unread: int


_Waiting: TypeAlias = tuple[Subscription, Push, str | None]


class Pusher:
    """Takes messages and sends them when it can. Open it with `open_pusher`."""

    def __init__(
        self, store: PushStore, client: ClientSession, contact: str, ports: tuple[int, ...]
    ) -> None:
        self._store = store
        self._client = client
        self._contact = contact
        self._ports = ports
        self._keys: VapidKeys | None = None
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(MAX_WAITING)

    def send(self, subscription: Subscription, push: Push, message_id: str | None = None) -> None:
        """Queues a message; when too many wait it is dropped and logged.

        Args:
            subscription: the browser.
            push: what it shows.
            message_id: of what was said, if `push.body` is that: should it be edited or deleted
                before its turn comes, the new words are sent, or nothing.
        """
        try:
            self._waiting.put_nowait((subscription, push, message_id))
        except asyncio.QueueFull:
            log.warning("push.dropped", extra={"subscription_id": subscription.id})

    async def keys(self) -> VapidKeys:
        """The hub's key pair, made when there is none yet."""
        if self._keys is None:
            kept = await self._store.keys()
            if kept is None:
                made = make_keys()
                kept = await self._store.keep_keys(made.private_pem, made.public_key)
            self._keys = VapidKeys(*kept)
        return self._keys

    async def run(self) -> None:
        """Sends what waits, for ever; owned by `open_pusher`."""
        while True:
            subscription, push, message_id = await self._waiting.get()
            try:
                with answering():
                    words = await self._store.words(message_id) if message_id else None
                    if message_id is not None:
                        if words is None:
                            continue
                        push = replace(push, body=words.text)
                    await self._send(subscription, push)
            except (ClientError, OSError, TimeoutError, Unavailable) as error:
                log.info("push.failed", extra={"error": type(error).__name__})
            except Exception:  # the loop that must live
                log.exception("push.failed")

    async def _send(self, subscription: Subscription, push: Push) -> None:
        try:
            origin = check_url(subscription.endpoint, self._ports)
            body = seal(_fitting(push), subscription.p256dh, subscription.auth)
        except (Refused, ValueError):
            await self._store.gone(subscription.id)
            return
        keys = await self.keys()
        headers = {
            "Authorization": authorization(keys, origin, self._contact, int(time.time())),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "high" if push.type in ("dm", "mention") else "normal",
        }
        try:
            async with self._client.post(
                subscription.endpoint, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
        except (ClientError, OSError, TimeoutError):
            await self._store.failed(subscription.id)
            raise
        if status in (404, 410):
            await self._store.gone(subscription.id)
        elif 200 <= status < 300:
            await self._store.went(subscription.id)
        else:
            await self._store.failed(subscription.id)
            log.info("push.refused", extra={"status": status})


def _fitting(push: Push) -> bytes:
    plain = msgspec.json.encode(push)
    if len(plain) <= MAX_PLAIN_BYTES:
        return plain
    short = msgspec.structs.replace(push, body=(push.body or "")[:200], title=push.title[:200])
    return msgspec.json.encode(short)


@asynccontextmanager
async def open_pusher(
    store: PushStore,
    contact: str,
    *,
    is_allowed: IsAllowed = is_public,
    ports: tuple[int, ...] = (443,),
    authorities: SSLContext | None = None,
) -> AsyncIterator[Pusher]:
    """A pusher that runs while the block lasts.

    Args:
        store: subscriptions and keys.
        contact: mailto: or https: address that push services may complain to.
        is_allowed: which addresses may be connected to.
        ports: which ports.
        authorities: whose certificates are believed; None: those the machine believes.
    """
    async with open_outbound(is_allowed, authorities) as client, asyncio.TaskGroup() as tasks:
        pusher = Pusher(store, client, contact, ports)
        workers = [tasks.create_task(pusher.run(), name="pusher") for _ in range(WORKERS)]
        try:
            yield pusher
        finally:
            for worker in workers:
                worker.cancel()
