"""Names for the identifiers that cross the house. All are UUIDs in their canonical text form."""

from typing import Annotated, NewType

from msgspec import Meta

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
TrackId = NewType("TrackId", str)
ItemId = NewType("ItemId", str)
MessageId = NewType("MessageId", str)
DeviceId = NewType("DeviceId", str)
OpId = NewType("OpId", str)

UUID_PATTERN = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

Uuid = Annotated[str, Meta(pattern=UUID_PATTERN, description="UUID in canonical text form")]
"""A UUID as a client sends it; commands use this so that a bad id is refused at the door."""

StreamName = Annotated[
    str,
    Meta(
        pattern=f"^(room|user):{UUID_PATTERN[1:]}",
        description="room:UUID or user:UUID, the two kinds of ordered stream",
    ),
]

SYSTEM_USER_ID = UserId("00000000-0000-0000-0000-000000000000")
"""The actor of commands that the hub itself runs, such as the end of a track."""


def room_stream(room_id: str) -> str:
    """Wire name of a room's ordered log."""
    return f"room:{room_id}"


def user_stream(user_id: str) -> str:
    """Wire name of a user's private ordered log."""
    return f"user:{user_id}"
