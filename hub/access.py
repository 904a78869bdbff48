"""May this caller see that room? Asked at the moment of each call, of the database."""

from rooms.access import Principal
from rooms.errors import Forbidden, NotFound
from storage import rooms
from storage.backends import Pool


async def check_room(pool: Pool, room_id: str, principal: Principal) -> rooms.Entry:
    """Lets the caller see a room, or says why not.

    Raises:
        NotFound: it does not exist, or is private and he is not in it.
        Forbidden: he is banned from it.
    """
    if principal.room_id is not None and principal.room_id != room_id:
        raise NotFound("There is no such room.")
    entry = await rooms.entry(pool, room_id, principal.user_id)
    if entry is None:
        raise NotFound("There is no such room.")
    if entry.state == "banned":
        raise Forbidden("You are banned from this room.", "BANNED")
    if entry.state != "joined" and (entry.type != "public" or principal.is_guest):
        raise NotFound("There is no such room.")
    return entry
