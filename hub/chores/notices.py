"""Works notices off: who is told what, in the app and by push.

Notices are written with the commit that causes them (rooms/notices.py), so none is lost; several
nodes share the work, and doing one twice tells nobody twice.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.push import Push, Pusher
from rooms.errors import HubError, Unavailable
from rooms.notices import Notice
from rooms.times import iso
from storage.backends import Pool
from storage.commit import Committer
from storage.notifications.audience import Subject, Told, subject_of_notice, told_of
from storage.notifications.notices import claim_notices, forget_notices
from storage.notifications.notifications import Notification, Notifications
from storage.notifications.push import PushStore
from storage.notifications.words import Words, reword, words_of
from storage.postgres import answering

log = logging.getLogger(__name__)

LOOK_S = 0.5
AFTER_ERROR_S = 2.0

_TITLES = {
    "mention": "{actor} mentioned you in {room}",
    "reply": "{actor} replied to you in {room}",
    "dm": "{actor}",
    "message": "{actor} in {room}",
    "invite": "{actor} invites you to {room}",
    "added": "{actor} added you to {room}",
    "moderation": "Moderation in {room}",
    "report": "Somebody reported something in {room}",
    "session": "{room} begins soon",
}


_HUB_TITLES = {"report": "Somebody reported something"}
"""Of what concerns no single room."""


class NotificationCreated(Struct, frozen=True, kw_only=True):
    """Something rang for the user."""

    notification: Notification
    unread: int
    """Unread notifications now."""


class Notices:
    """The loop that works notices off. Open it with `open_notices`."""

    def __init__(self, pool: Pool, committer: Committer, pusher: Pusher) -> None:
        self._pool = pool
        self._notifications = Notifications(pool)
        self._subscriptions = PushStore(pool)
        self._committer = committer
        self._pusher = pusher

    async def run(self) -> None:
        """Looks for ever; owned by `open_notices`."""
        while True:
            pause_s = LOOK_S
            try:
                with answering():
                    if await self.work_off():
                        pause_s = 0
            except Unavailable:
                pause_s = AFTER_ERROR_S
            except Exception:  # the loop that must live
                log.exception("notices.failed")
                pause_s = AFTER_ERROR_S
            await asyncio.sleep(pause_s)

    async def work_off(self) -> bool:
        """Works off what is due; True when there may be more."""
        claimed = await claim_notices(self._pool)
        done = []
        for notice, is_last_try in claimed:
            try:
                await self._tell(notice)
            except Unavailable:
                continue  # the claim runs out and somebody tries again
            except HubError as error:
                log.warning("notices.refused", extra={"kind": notice.kind, "code": error.code})
            except Exception:  # one bad notice must not hold up the others
                log.exception("notices.broken", extra={"kind": notice.kind})
                if not is_last_try:
                    continue
            done.append(notice.id)
        if done:
            await forget_notices(self._pool, done)
        return bool(claimed)

    async def _tell(self, notice: Notice) -> None:
        if notice.kind == "reworded":
            assert notice.message_id is not None
            await reword(self._pool, notice.message_id)
            return
        said = await self._said(notice)
        if notice.kind == "message" and said is None:
            return  # it was deleted before anybody was told
        if said is not None:
            notice = replace(notice, text=said.text)
        await self._ring(notice)
        if said is not None and await self._said(notice) != said:
            assert notice.message_id is not None
            await reword(self._pool, notice.message_id)

    async def _said(self, notice: Notice) -> Words | None:
        """How the message that a notice tells of begins now."""
        if notice.kind != "message" or notice.message_id is None:
            return None
        return await words_of(self._pool, notice.message_id)

    async def _ring(self, notice: Notice) -> None:
        told = await told_of(self._pool, notice)
        subject = await subject_of_notice(self._pool, notice) if told else None
        if subject is None:
            return
        made = {one.user_id: _notification(notice, one, subject) for one in told}
        in_app = [one for one in told if one.in_app]
        await self._notifications.add({one.user_id: made[one.user_id] for one in in_app})
        unread = await self._notifications.unread_of([one.user_id for one in told])
        await asyncio.gather(
            *(
                self._committer.append(
                    one.user_id,
                    "notification:created",
                    NotificationCreated(
                        notification=made[one.user_id], unread=unread.get(one.user_id, 1)
                    ),
                    made[one.user_id].id,
                )
                for one in in_app
            )
        )
        is_message = notice.kind == "message"
        await self._push(
            [one for one in told if one.push],
            made,
            unread,
            notice.message_id if is_message else None,
        )

    async def _push(
        self,
        told: Sequence[Told],
        made: dict[str, Notification],
        unread: dict[str, int],
        message_id: str | None,
    ) -> None:
        user_ids = [one.user_id for one in told]
        subscriptions = await self._subscriptions.of(user_ids) if user_ids else []
        if not subscriptions:
            return
        resting = await self._notifications.resting(user_ids, datetime.now(UTC))
        for subscription in subscriptions:
            if subscription.user_id in resting:
                continue
            n = made[subscription.user_id]
            push = Push(
                n.id, n.type, n.title, n.content, n.link, unread.get(subscription.user_id, 1)
            )
            says_words = n.type in ("mention", "reply", "dm", "message")
            self._pusher.send(subscription, push, message_id if says_words else None)


def _notification(notice: Notice, one: Told, subject: Subject) -> Notification:
    actor = subject.actor or "Veza Hub"
    titles = _TITLES if subject.room is not None else _HUB_TITLES
    link = notice.link or f"/rooms/{notice.room_id}"
    if notice.seq is not None:
        link = f"{link}?at={notice.seq}"
    return Notification(
        id=_id_for(notice.id, one.user_id),
        type=one.kind,
        title=titles[one.kind].format(actor=actor, room=subject.room)[:255],
        # Who keeps order is told where to look, and reads it there.
        content=None if one.kind == "moderation" and notice.alerts else notice.text or None,
        link=link,
        created_at=iso(int(uuid.UUID(notice.id).int >> 80)),
        room_id=notice.room_id,
        message_id=notice.message_id,
        actor_id=notice.actor_id,
        actor_name=subject.actor,
        room_name=subject.room,
    )


def _id_for(notice_id: str, user_id: str) -> str:
    """One person's notification of one notice: always the same, and sorted by time like it."""
    digest = hashlib.blake2b(f"{notice_id} {user_id}".encode(), digest_size=9).digest()
    tail = int.from_bytes(digest, "big") & ((1 << 62) - 1)
    version = (uuid.UUID(notice_id).int >> 64 & 0x0FFF) | 0x7000
    time_ms = uuid.UUID(notice_id).int >> 80
    return str(uuid.UUID(int=time_ms << 80 | version << 64 | 0b10 << 62 | tail))


@asynccontextmanager
async def open_notices(notices: Notices) -> AsyncIterator[None]:
    """Works notices off while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(notices.run(), name="notices")
        try:
            yield
        finally:
            task.cancel()
