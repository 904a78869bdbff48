"""Calls around people and order: blocks, direct messages, reports, the log of measures."""

import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from hub.access import check_room
from hub.dispatch import Answer, Call, Shape
from hub.sessions import Session
from hub.timers import SYSTEM
from rooms.access import Principal
from rooms.chat_settings import BlockDm
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.feature import Actor, Limit
from rooms.ids import Uuid, user_stream
from rooms.membership_commands import CreateRoom
from rooms.notices import Notice
from rooms.room import ROLE_RANK
from storage import moderation, reports, rooms
from storage.backends import Pool
from storage.blocks import MAX_BLOCKS, BlockedUser, Blocks
from storage.commit import Committer
from storage.membership import OpenInvite, find_dm, open_invites
from storage.notices import note

_READS = Limit(30, 10)
_WRITES = Limit(20, 60)

Publish = Callable[[str, str, Any], None]


class OfUser(Struct, frozen=True):
    """Somebody to block, to let back, or to write to."""

    user_id: Uuid


class Mine(Struct, frozen=True):
    """Whom the caller has blocked."""


class RoomLog(Struct, frozen=True, kw_only=True):
    """A room's measures, reports or invitations, for who keeps order there."""

    room_id: Uuid
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Uuid | None = None


class CreateReport(Struct, frozen=True, kw_only=True):
    """Tell those who keep order of a message, a person or a thing."""

    content_type: reports.Kind
    content_id: Uuid
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class ResolveReport(Struct, frozen=True, kw_only=True):
    """Settle a report of a room."""

    room_id: Uuid
    report_id: Uuid
    status: Literal["resolved", "dismissed"]


class BlockList(Struct, frozen=True):
    """Whom the caller has blocked, and all whose words a client leaves out for him."""

    blocked: list[BlockedUser]
    hidden_ids: list[str]
    """The blocked, and who has blocked the caller."""


class MeasurePage(Struct, frozen=True):
    """Measures, newest first."""

    measures: list[moderation.LogLine]
    next_cursor: str | None


class ReportPage(Struct, frozen=True):
    """Reports, newest first."""

    reports: list[reports.Report]
    next_cursor: str | None


class InvitePage(Struct, frozen=True):
    """Invitations that still let somebody in."""

    invites: list[OpenInvite]


class Reported(Struct, frozen=True):
    """The report as noted."""

    report_id: str


class DmOpened(Struct, frozen=True):
    """The direct message of two people."""

    room_id: str


MODERATION_CALLS: Mapping[str, Shape] = {
    "user:block": Shape(OfUser, _WRITES, BlockList),
    "user:unblock": Shape(OfUser, _WRITES, BlockList),
    "user:blocks": Shape(Mine, _READS, BlockList),
    "dm:open": Shape(OfUser, _WRITES, DmOpened),
    "report:create": Shape(CreateReport, Limit(10, 60), Reported),
    "report:list": Shape(RoomLog, _READS, ReportPage),
    "report:resolve": Shape(ResolveReport, _WRITES, Reported),
    "moderation:list": Shape(RoomLog, _READS, MeasurePage),
    "invite:list": Shape(RoomLog, _READS, InvitePage),
}


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
            Invalid, Conflict: oneself; more than 1,000.
        """
        if user_id == principal.user_id:
            raise Invalid.field("user_id", "SELF", "You cannot block yourself.")
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
            raise Invalid.field("user_id", "SELF", "You cannot write to yourself.")
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
        """Notes a report; of a room's message its moderators are told.

        Raises:
            NotFound: there is no such thing for the caller.
        """
        content_id = report.content_id.lower()
        subject = await reports.subject_of(self._pool, report.content_type, content_id)
        if subject is None:
            raise NotFound("There is nothing of this kind with this id.")
        room_id = content_id if report.content_type == "room" else subject.room_id
        if room_id is not None:
            await check_room(self._pool, room_id, principal)
        report_id = await reports.add_report(
            self._pool,
            principal.user_id,
            subject,
            report.content_type,
            content_id,
            report.reason,
        )
        if subject.room_id is not None:
            told = Notice(
                id=str(uuid.uuid5(uuid.UUID(report_id), "report")),
                kind="report",
                room_id=subject.room_id,
                actor_id=principal.user_id,
                message_id=content_id if report.content_type == "message" else None,
                text=report.reason[:200],
                link=f"/rooms/{subject.room_id}",
            )
            await note(self._pool, told)
        return Reported(report_id)

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


class ModerationCalls:
    """The handlers of these calls."""

    def __init__(self, pool: Pool, people: People) -> None:
        self._pool = pool
        self._people = people

    def calls(self) -> Mapping[str, Call]:
        """Every call by wire name, with its schema and limit."""
        handlers: dict[str, Answer] = {
            "user:block": self._block,
            "user:unblock": self._unblock,
            "user:blocks": self._blocks,
            "dm:open": self._open_dm,
            "report:create": self._report,
            "report:list": self._reports,
            "report:resolve": self._resolve,
            "moderation:list": self._measures,
            "invite:list": self._invites,
        }
        return {name: Call(shape, handlers[name]) for name, shape in MODERATION_CALLS.items()}

    async def _block(self, session: Session, call: OfUser) -> BlockList:
        _refuse_guest(session.principal)
        return await self._people.block(session.principal, call.user_id.lower())

    async def _unblock(self, session: Session, call: OfUser) -> BlockList:
        _refuse_guest(session.principal)
        return await self._people.unblock(session.principal, call.user_id.lower())

    async def _blocks(self, session: Session, _call: Mine) -> BlockList:
        return await self._people.blocks(session.principal)

    async def _open_dm(self, session: Session, call: OfUser) -> DmOpened:
        _refuse_guest(session.principal)
        return DmOpened(await self._people.open_dm(session.actor, call.user_id.lower()))

    async def _report(self, session: Session, call: CreateReport) -> Reported:
        return await self._people.report(session.principal, call)

    async def _reports(self, session: Session, call: RoomLog) -> ReportPage:
        room_id = await self._orderly(session, call.room_id)
        found = await reports.reports_of_room(
            self._pool, room_id, before=call.cursor, limit=call.limit + 1
        )
        page = found[: call.limit]
        return ReportPage(page, page[-1].id if len(found) > call.limit else None)

    async def _resolve(self, session: Session, call: ResolveReport) -> Reported:
        room_id = await self._orderly(session, call.room_id)
        user_id = session.principal.user_id
        report_id = call.report_id.lower()
        if not await reports.resolve_report(self._pool, room_id, report_id, call.status, user_id):
            raise NotFound("This room has no such report.")
        return Reported(report_id)

    async def _measures(self, session: Session, call: RoomLog) -> MeasurePage:
        room_id = await self._orderly(session, call.room_id)
        found = await moderation.measures_of(
            self._pool, room_id, before=call.cursor, limit=call.limit + 1
        )
        page = found[: call.limit]
        return MeasurePage(page, page[-1].id if len(found) > call.limit else None)

    async def _invites(self, session: Session, call: RoomLog) -> InvitePage:
        return InvitePage(
            await open_invites(self._pool, await self._orderly(session, call.room_id))
        )

    async def _orderly(self, session: Session, room_id: str) -> str:
        """The room, for who keeps order in it."""
        entry: rooms.Entry = await check_room(self._pool, room_id.lower(), session.principal)
        if entry.state != "joined" or ROLE_RANK[entry.role or "guest"] < ROLE_RANK["moderator"]:
            raise Forbidden("Only the room's moderators can see this.")
        return room_id.lower()


def _refuse_guest(principal: Principal) -> None:
    if principal.is_guest:
        raise Forbidden("Guests cannot do this. Create an account.")
