"""Sign-ins end and members are put out while all talk: when were they last obeyed, or told?"""

import asyncio
import time
from collections.abc import Sequence

import aiohttp
import asyncpg
from msgspec import Struct

from tests.faults.harness.accounts import sign_in
from tests.faults.harness.checks import Violation
from tests.faults.harness.company import ok
from tests.faults.harness.figures import Spread, spread
from tests.faults.harness.stage import Stage, open_stage
from tests.faults.revoking.speaker import Speaker

PER_ROOM = 5
"""An owner, who stays; one each who is signed out, banned, of a new password, and put out."""
SETTLE_S = 1.0
WITHIN_S = {"redis": 2.0, "no redis": 5.0}
WATCHED_S = 7.0
AFTERWARDS_S = 1.5
"""For those whose sockets stay: they go on trying."""
_SIGN_OUT = "UPDATE sessions SET revoked_at = now(), revoked_reason = $2 WHERE user_id = ANY($1)"
_BAN = "UPDATE users SET is_banned = true WHERE id = ANY($1)"


class Revoked(Struct, frozen=True, kw_only=True):
    """What was measured, with Redis or without it."""

    sockets: int
    revoked: int
    obeyed: Spread
    """From the end of a sign-in to the last call of its socket that was obeyed."""
    told: Spread
    """The same to the last event that it heard."""
    closed: Spread
    """The same to the end of its socket."""
    put_out_obeyed: Spread
    """For those put out of a room, whose sockets stay: from the ack to their last message there."""
    put_out_told: Spread
    """The same to the last event of the room."""
    still_open: int
    """Sockets of ended sign-ins that were open at the end."""
    innocent_closed: int
    """Others that were not."""


async def measure_revoking(sockets: int, *, with_redis: bool) -> Revoked:
    """So many sockets on three nodes; four fifths of them lose what they may do."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with open_stage() as stage, aiohttp.ClientSession(connector=connector) as client:
        groups = await _gather(stage, client, sockets // PER_ROOM)
        everybody = [speaker for group in groups for speaker in group]
        speaking = [asyncio.create_task(speaker.speak()) for speaker in everybody]
        try:
            if not with_redis:
                await asyncio.to_thread(stage.redis.kill)
            await asyncio.sleep(SETTLE_S)  # pace: of the trial
            return await _revoke(stage, groups)
        finally:
            for task in speaking:
                task.cancel()
            await asyncio.gather(*speaking, return_exceptions=True)
            for speaker in everybody:
                await speaker.wire.close()


def check_revoking(measured: Revoked, *, with_redis: bool) -> list[Violation]:
    """P14."""
    most_ms = 1000 * WITHIN_S["redis" if with_redis else "no redis"]
    found = [
        Violation(what, f"{figure.max_ms} ms")
        for what, figure in (
            ("obeyed after the end", measured.obeyed),
            ("told after the end", measured.told),
            ("open after the end", measured.closed),
            ("obeyed in a room after the end", measured.put_out_obeyed),
            ("told of a room after the end", measured.put_out_told),
        )
        if figure.max_ms > most_ms
    ]
    if measured.still_open:
        found.append(Violation("open after the end", f"{measured.still_open} for good"))
    if measured.innocent_closed:
        found.append(Violation("closed without a reason", f"{measured.innocent_closed}"))
    return found


async def _revoke(stage: Stage, groups: Sequence[Sequence["_Member"]]) -> Revoked:
    out = [group[4] for group in groups]
    ended = [member for group in groups for member in group[1:4]]
    watching = [asyncio.create_task(_closing(member)) for member in ended]
    connection = await asyncpg.connect(stage.database_url)
    try:
        ended_s = {}
        for number, statement in ((1, _SIGN_OUT), (2, _BAN), (3, _SIGN_OUT)):
            ids = [group[number].user_id for group in groups]
            reason = () if statement is _BAN else ("logout" if number == 1 else "password",)
            await connection.execute(statement, ids, *reason)
            ended_s[number] = time.monotonic()
    finally:
        await connection.close()
    put_out_s = await asyncio.gather(*(_put_out(group[0], group[4]) for group in groups))
    await asyncio.wait(watching, timeout=WATCHED_S)
    await asyncio.sleep(AFTERWARDS_S)  # pace: of the trial
    for task in watching:
        task.cancel()
    since = [ended_s[number] for _ in groups for number in (1, 2, 3)]
    closed = [task.result() if task.done() and not task.cancelled() else None for task in watching]
    pairs = list(zip(ended, since, strict=True))
    outs = list(zip(out, put_out_s, strict=True))
    stays = [group[0] for group in groups] + out
    return Revoked(
        sockets=sum(len(group) for group in groups),
        revoked=len(ended) + len(out),
        obeyed=spread([max(0.0, one.last_accepted_s - at_s) for one, at_s in pairs]),
        told=spread([max(0.0, one.last_heard_s - at_s) for one, at_s in pairs]),
        closed=spread(
            [done - at_s for done, at_s in zip(closed, since, strict=True) if done is not None]
        ),
        put_out_obeyed=spread([max(0.0, one.last_accepted_s - at_s) for one, at_s in outs]),
        put_out_told=spread([max(0.0, one.last_heard_s - at_s) for one, at_s in outs]),
        still_open=sum(done is None for done in closed),
        innocent_closed=sum(member.wire.closed.is_set() for member in stays),
    )


class _Member(Speaker):
    """A speaker with an account."""

    def __init__(self, user_id: str, token: str, url: str) -> None:
        super().__init__(token, url)
        self.user_id = user_id


async def _gather(stage: Stage, client: aiohttp.ClientSession, rooms: int) -> list[list[_Member]]:
    signed_in = await sign_in(stage, rooms * PER_ROOM)
    groups: list[list[_Member]] = []
    for first in range(0, len(signed_in), PER_ROOM):
        room_id, group = "", []
        for number, (user_id, token) in enumerate(signed_in[first : first + PER_ROOM], first):
            member = _Member(user_id, token, stage.nodes[number % len(stage.nodes)].people_url)
            room_id = await member.enter(client, room_id)
            group.append(member)
        groups.append(group)
    return groups


async def _closing(member: Speaker) -> float:
    await member.wire.closed.wait()
    return time.monotonic()


async def _put_out(owner: _Member, member: _Member) -> float:
    await ok(owner.wire, "member:remove", {"room_id": owner.room_id, "user_id": member.user_id})
    return time.monotonic()
