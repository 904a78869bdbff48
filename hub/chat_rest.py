"""The parts that the REST handlers of chat and notifications work with."""

from collections.abc import Awaitable, Callable
from functools import partial

from api.chat.parts import ChatParts
from hub.access import check_room
from hub.people import People, Publish
from hub.push.encryption import VapidKeys, check_subscription
from hub.push.outbound import Refused, check_url
from media.attachments import open_attachments
from rooms.errors import Invalid
from storage.backends import Pool
from storage.commit import Committer
from storage.messages.attachments import Attachments
from storage.notifications.notifications import Notifications
from storage.notifications.push import PushStore
from storage.virus_scan import scan


def chat_parts(
    pool: Pool,
    committer: Committer,
    publish: Publish,
    keys: Callable[[], Awaitable[VapidKeys]],
    clamav_address: str | None = None,
) -> ChatParts:
    """The parts of a running node.

    Args:
        pool: its database.
        committer: its way into the logs.
        publish: tells ephemeral events.
        keys: its key pair for Web Push.
        clamav_address: where uploads are scanned, if they are.
    """

    async def push_key() -> str:
        return (await keys()).public_key

    return ChatParts(
        pool=pool,
        attachments=Attachments(pool),
        notifications=Notifications(pool),
        push=PushStore(pool),
        people=People(pool, committer, publish),
        check_room=partial(check_room, pool),
        prepare=open_attachments().prepare,
        scan=partial(scan, clamav_address) if clamav_address else None,
        check_push=check_push,
        push_key=push_key,
    )


def check_push(endpoint: str, p256dh: str, auth: str) -> None:
    """A browser's subscription as it should be.

    Raises:
        Invalid: an address the hub does not go to; no key; no secret.
    """
    try:
        check_url(endpoint)
    except Refused as refused:
        raise Invalid.field("endpoint", "INVALID_VALUE", str(refused)) from refused
    try:
        check_subscription(p256dh, auth)
    except ValueError as error:
        raise Invalid.field("keys", "INVALID_VALUE", "These are no keys of a browser.") from error
