"""Blocks, direct messages and reports: the same for sockets and REST."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from hub.access import check_room
from hub.timers import SYSTEM
from rooms.access import Principal
from rooms.chat.settings import BlockDm
from rooms.errors import Conflict, FieldError, Invalid, NotFound
from rooms.feature import Actor
from rooms.ids import Uuid, user_stream
from rooms.membership.commands import CreateRoom
from rooms.notices import Notice
from storage.backends import Pool
from storage.commit import Committer
from storage.moderation import reports
from storage.moderation.blocks import MAX_BLOCKS, BlockedUser, Blocks
from storage.notifications.notices import note
from storage.rooms import rooms
from storage.rooms.membership import find_dm

HUB_REPORTS = "/reports"
"""Where the web client shows what no room's moderators look at."""

Publish = Callable[[str, str, Any], None]


class CreateReport(Struct, frozen=True, kw_only=True):
    """Tell those who keep order of a message, a person or a thing."""

    content_type: reports.Kind
    content_id: Uuid
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    room_id: Uuid | None = None
    """Of a person: the room of both where it happened. Its moderators look at it then."""


class BlockList(Struct, frozen=True):
    """Whom the caller has blocked, and all whose words a client leaves out for him."""

    blocked: list[BlockedUser]
    hidden_ids: list[str]
    """The blocked, and who has blocked the caller."""


class Reported(Struct, frozen=True):
    """The report as noted."""

    report_id: str


class People:
    """Blocks, direct messages and reports: the same for sockets and REST."""

    def __init__(self, pool: Pool, committer: Committer, publish: Publish) -> None:
        self._pool = pool
        self._blocks = Blocks(pool)
        self._committer = committer
        self._publish = publish

    async def block(self, principal: Principal, user_id: str) -> BlockList:
        """Hides two people from each other, and closes their direct message.

        Raises:
            NotFound: there is no such user.
            Conflict: oneself; more than 1,000.
        """
        if user_id == principal.user_id:
            raise _oneself("You cannot block yourself.")
        if await self._blocks.count(principal.user_id) >= MAX_BLOCKS:
            raise Conflict(f"You can block at most {MAX_BLOCKS} people.")
        if not await self._blocks.add(principal.user_id, user_id):
            raise NotFound("There is no such user.")
        return await self._changed(principal, user_id, on=True)

    async def unblock(self, principal: Principal, user_id: str) -> BlockList:
        """Takes a block back; none changes nothing."""
        await self._blocks.remove(principal.user_id, user_id)
        return await self._changed(principal, user_id, on=False)

    async def blocks(self, principal: Principal) -> BlockList:
        """Whom the caller has blocked and whom he is not to see."""
        return await self._list(principal.user_id)

    async def open_dm(self, actor: Actor, user_id: str) -> str:
        """The room of the caller's direct message with somebody, made if there is none.

        Raises:
            NotFound: there is no such user.
            HubError: what `room:create` raises, BLOCKED among it.
        """
        if user_id == actor.user_id:
            raise _oneself("You cannot write to yourself.")
        known = await find_dm(self._pool, actor.user_id, user_id)
        if known is not None:
            return known
        room = CreateRoom(name="Direct message", type="dm", members=(user_id,))
        try:
            made = await self._committer.submit("room:create", room, room_id=None, actor=actor)
        except Conflict:  # the other has just opened it
            known = await find_dm(self._pool, actor.user_id, user_id)
            if known is None:
                raise
            return known
        except Invalid as error:
            raise NotFound("There is no such user.") from error
        return str(msgspec.json.decode(made.data)["id"])

    async def report(self, principal: Principal, report: CreateReport) -> Reported:
        """Notes a report; a room's moderators are told, or the hub's own where it has none.

        Raises:
            NotFound: there is no such thing for the caller.
            Invalid: a room beside something else than a person.
        """
        content_id = report.content_id.lower()
        subject = await reports.subject_of(self._pool, report.content_type, content_id)
        if subject is None:
            raise NotFound("There is nothing of this kind with this id.")
        if report.room_id is not None:
            subject = await self._seen_in(principal, report, subject)
        room_id = content_id if report.content_type == "room" else subject.room_id
        if room_id is not None:
            entry = await check_room(self._pool, room_id, principal)
            if entry.type == "dm":  # nobody keeps order there but the two
                subject = reports.Subject(subject.user_id, None)
        report_id = await reports.add_report(
            self._pool,
            principal.user_id,
            subject,
            report.content_type,
            content_id,
            report.reason,
        )
        in_room = subject.room_id is not None
        told = Notice(
            id=report_id,
            kind="report",
            room_id=subject.room_id,
            actor_id=principal.user_id,
            message_id=content_id if in_room and report.content_type == "message" else None,
            text=report.reason[:200],
            link=f"/rooms/{subject.room_id}" if in_room else HUB_REPORTS,
        )
        await note(self._pool, told)
        return Reported(report_id)

    async def _seen_in(
        self, principal: Principal, report: CreateReport, subject: reports.Subject
    ) -> reports.Subject:
        """A person as met in a room of both."""
        assert report.room_id is not None
        if report.content_type != "user":
            raise Invalid.field("room_id", "INVALID_VALUE", "This goes with a person alone.")
        room_id = report.room_id.lower()
        await check_room(self._pool, room_id, principal)
        found = await rooms.entry(self._pool, room_id, report.content_id.lower())
        if found is None or found.state is None:
            raise NotFound("This person was never in this room.")
        return reports.Subject(subject.user_id, room_id)

    async def note_report(
        self, principal: Principal, kind: reports.Kind, content_id: str, reason: str
    ) -> str:
        """`report` for REST; returns the report's id."""
        report = CreateReport(content_type=kind, content_id=content_id, reason=reason)
        return (await self.report(principal, report)).report_id

    async def _changed(self, principal: Principal, other_id: str, *, on: bool) -> BlockList:
        dm_id = await find_dm(self._pool, principal.user_id, other_id)
        if dm_id is not None:
            command = BlockDm(room_id=dm_id, user_id=principal.user_id, on=on)
            await self._committer.submit("chat:block", command, room_id=dm_id, actor=SYSTEM)
        theirs = await self._list(other_id)
        hidden = {"hidden_ids": theirs.hidden_ids}
        self._publish(user_stream(other_id), "blocks:updated", hidden)
        mine = await self._list(principal.user_id)
        self._publish(
            user_stream(principal.user_id), "blocks:updated", {"hidden_ids": mine.hidden_ids}
        )
        return mine

    async def _list(self, user_id: str) -> BlockList:
        return BlockList(await self._blocks.of(user_id), await self._blocks.hidden_from(user_id))


def _oneself(message: str) -> Conflict:
    return Conflict(message, fields=(FieldError("user_id", "SELF", message),))
