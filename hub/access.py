"""May this caller see that room? Asked at the moment of each call, of the database."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from rooms.access import Principal
from rooms.errors import Forbidden, NotFound
from rooms.ids import SYSTEM_USER_ID
from storage.backends import Pool
from storage.rooms import rooms

T = TypeVar("T")


async def check_room(pool: Pool, room_id: str, principal: Principal) -> rooms.Entry:
    """Lets the caller see a room, or says why not.

    Raises:
        NotFound: it does not exist, or is private and he is not in it.
        Forbidden: he is banned from it.
    """
    return judge_entry(await rooms.entry(pool, room_id, principal.user_id), room_id, principal)


async def if_seen(
    pool: Pool, room_id: str, principal: Principal, answer: Coroutine[Any, Any, T]
) -> T:
    """What `answer` reads of a room, read while it is asked whether the caller may see it.

    Two questions in the time of one; what was read is given to nobody who may not.

    Raises:
        NotFound, Forbidden: as `check_room`.
    """
    reading = asyncio.ensure_future(answer)
    try:
        await check_room(pool, room_id, principal)
    except BaseException:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading
        raise
    return await reading


def judge_entry(entry: rooms.Entry | None, room_id: str, principal: Principal) -> rooms.Entry:
    """The same when it has been found out already how the caller stands to the room.

    Raises:
        NotFound: it does not exist, or is private and he is not in it.
        Forbidden: he is banned from it.
    """
    if entry is None or (principal.room_id is not None and principal.room_id != room_id):
        raise NotFound("There is no such room.")
    if entry.state == "banned":
        raise Forbidden("You are banned from this room.", "BANNED")
    if entry.state != "joined" and (entry.type != "public" or principal.is_guest):
        raise NotFound("There is no such room.")
    return entry


def may_enter(pool: Pool) -> Callable[[str, Principal | None], Awaitable[bool]]:
    """Whether somebody may hear a room's broadcasts: strangers hear those of public rooms."""

    async def ask(room_id: str, principal: Principal | None) -> bool:
        if principal is None:
            entry = await rooms.entry(pool, room_id, SYSTEM_USER_ID)
            return entry is not None and entry.type == "public"
        try:
            await check_room(pool, room_id, principal)
        except (NotFound, Forbidden):
            return False
        return True

    return ask
