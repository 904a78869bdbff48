"""Calls around people and order: blocks, direct messages, reports, the log of measures."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access import check_room
from hub.calls.call import Answer, Call, Shape
from hub.door.sessions import Session
from hub.people import BlockList, CreateReport, People, Reported
from rooms.access import Principal
from rooms.errors import Forbidden, NotFound
from rooms.feature import Limit
from rooms.ids import Uuid
from rooms.room import ROLE_RANK
from storage.backends import Pool
from storage.moderation import bans, reports
from storage.moderation import log as moderation
from storage.rooms import rooms
from storage.rooms.membership import OpenInvite, open_invites

_READS = Limit(30, 10)
_WRITES = Limit(20, 60)


class OfUser(Struct, frozen=True):
    """Somebody to block, to let back, or to write to."""

    user_id: Uuid


class Mine(Struct, frozen=True):
    """Whom the caller has blocked."""


class RoomLog(Struct, frozen=True, kw_only=True):
    """A room's measures, bans, reports or invitations, for who keeps order there."""

    room_id: Uuid
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Uuid | None = None


class ListReports(Struct, frozen=True, kw_only=True):
    """Reports of a room for its moderators; without a room those for the hub's own."""

    room_id: Uuid | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Uuid | None = None


class ResolveReport(Struct, frozen=True, kw_only=True):
    """Settle a report of a room, or without one a report to the hub."""

    report_id: Uuid
    room_id: Uuid | None = None
    status: Literal["resolved", "dismissed"]


class MeasurePage(Struct, frozen=True):
    """Measures, newest first."""

    measures: list[moderation.LogLine]
    next_cursor: str | None


class BanPage(Struct, frozen=True):
    """Who is kept out; the cursor is a user's id."""

    bans: list[bans.Ban]
    next_cursor: str | None


class ReportPage(Struct, frozen=True):
    """Reports, newest first."""

    reports: list[reports.Report]
    next_cursor: str | None


class InvitePage(Struct, frozen=True):
    """Invitations that still let somebody in."""

    invites: list[OpenInvite]


class DmOpened(Struct, frozen=True):
    """The direct message of two people."""

    room_id: str


MODERATION_CALLS: Mapping[str, Shape] = {
    "user:block": Shape(OfUser, _WRITES, BlockList),
    "user:unblock": Shape(OfUser, _WRITES, BlockList),
    "user:blocks": Shape(Mine, _READS, BlockList),
    "dm:open": Shape(OfUser, _WRITES, DmOpened),
    "report:create": Shape(CreateReport, Limit(10, 60), Reported),
    "report:list": Shape(ListReports, _READS, ReportPage),
    "report:resolve": Shape(ResolveReport, _WRITES, Reported),
    "moderation:list": Shape(RoomLog, _READS, MeasurePage),
    "ban:list": Shape(RoomLog, _READS, BanPage),
    "invite:list": Shape(RoomLog, _READS, InvitePage),
}


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
            "ban:list": self._bans,
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

    async def _reports(self, session: Session, call: ListReports) -> ReportPage:
        room_id = await self._responsible(session, call.room_id)
        found = await reports.reports_of_room(
            self._pool, room_id, before=call.cursor, limit=call.limit + 1
        )
        page = found[: call.limit]
        return ReportPage(page, page[-1].id if len(found) > call.limit else None)

    async def _resolve(self, session: Session, call: ResolveReport) -> Reported:
        room_id = await self._responsible(session, call.room_id)
        user_id = session.principal.user_id
        report_id = call.report_id.lower()
        if not await reports.resolve_report(self._pool, room_id, report_id, call.status, user_id):
            raise NotFound("There is no such report here.")
        return Reported(report_id)

    async def _measures(self, session: Session, call: RoomLog) -> MeasurePage:
        room_id = await self._orderly(session, call.room_id)
        found = await moderation.measures_of(
            self._pool, room_id, before=call.cursor, limit=call.limit + 1
        )
        page = found[: call.limit]
        return MeasurePage(page, page[-1].id if len(found) > call.limit else None)

    async def _bans(self, session: Session, call: RoomLog) -> BanPage:
        room_id = await self._orderly(session, call.room_id)
        found = await bans.bans_of(self._pool, room_id, after=call.cursor, limit=call.limit + 1)
        page = found[: call.limit]
        return BanPage(page, page[-1].user_id if len(found) > call.limit else None)

    async def _invites(self, session: Session, call: RoomLog) -> InvitePage:
        return InvitePage(
            await open_invites(self._pool, await self._orderly(session, call.room_id))
        )

    async def _responsible(self, session: Session, room_id: str | None) -> str | None:
        """The room whose reports these are, for its moderators; None for the hub's own."""
        if room_id is not None:
            return await self._orderly(session, room_id)
        if session.principal.role not in ("admin", "moderator"):
            raise Forbidden("Only the hub's moderators can see this.")
        return None

    async def _orderly(self, session: Session, room_id: str) -> str:
        """The room, for who keeps order in it."""
        entry: rooms.Entry = await check_room(self._pool, room_id.lower(), session.principal)
        if entry.state != "joined" or ROLE_RANK[entry.role or "guest"] < ROLE_RANK["moderator"]:
            raise Forbidden("Only the room's moderators can see this.")
        return room_id.lower()


def _refuse_guest(principal: Principal) -> None:
    if principal.is_guest:
        raise Forbidden("Guests cannot do this. Create an account.")
