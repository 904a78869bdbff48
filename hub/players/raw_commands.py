"""What is said on the raw stream socket, in seconds and short words (the older players' protocol).

Client: play pause seek sync heartbeat error. Hub: ready chunk sync_ack error.
"""

import re
from typing import Literal

import msgspec
from msgspec import Struct

from rooms.errors import (
    Conflict,
    Forbidden,
    Gone,
    HubError,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
)

StreamCode = Literal[
    "UNAUTHORIZED",
    "TRACK_NOT_FOUND",
    "TRACK_NOT_READY",
    "BAD_COMMAND",
    "BAD_POSITION",
    "STREAM_ERROR",
    "RATE_LIMITED",
]
CLOSE_CODES: dict[StreamCode, int] = {
    "UNAUTHORIZED": 1008,
    "TRACK_NOT_FOUND": 1008,
    "TRACK_NOT_READY": 1013,
    "RATE_LIMITED": 1013,
}
"""Of a socket that is not let in, or not any more; 1011 for everything else."""
MAX_POSITION_S = 1e9


class StreamCommand(Struct, frozen=True):
    """One text message of a client."""

    type: Literal["play", "pause", "seek", "sync", "heartbeat", "error"]
    position: float | None = None
    """Seconds."""
    message: str = ""

    @property
    def position_ms(self) -> int | None:
        return None if self.position is None else round(self.position * 1_000)


class Refused(Exception):
    """A command that is answered with an error; the socket stays open."""

    def __init__(self, code: StreamCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_command(text: str) -> StreamCommand:
    """The command of a message.

    Raises:
        Refused: BAD_POSITION, or BAD_COMMAND for anything else that is none.
    """
    try:
        command = msgspec.json.decode(text, type=StreamCommand)
    except msgspec.ValidationError as error:
        if "`$.position`" in str(error):
            raise bad_position() from None
        raise Refused("BAD_COMMAND", "There is no such command.") from None
    except (msgspec.DecodeError, UnicodeError):
        raise Refused("BAD_COMMAND", "A command is a JSON object with a `type`.") from None
    if command.position is not None and not 0 <= command.position <= MAX_POSITION_S:
        raise bad_position()
    if command.position is None and command.type in ("seek", "sync"):
        raise bad_position()
    return command


def read_position_ms(text: str | None) -> int:
    """The position of the address, in ms.

    Raises:
        Refused: BAD_POSITION.
    """
    if not text:
        return 0
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII) is None:
        raise bad_position()
    return round(float(text) * 1_000)


def bad_position() -> Refused:
    """The refusal of a position that is none, or not in the track."""
    return Refused("BAD_POSITION", "A position is a number of seconds within the track.")


def code_of(error: HubError) -> StreamCode:
    """The word of the stream socket for one of the hub's errors."""
    match error:
        case Unauthenticated() | Forbidden():
            return "UNAUTHORIZED"
        case NotFound() | Gone():
            return "TRACK_NOT_FOUND"
        case Conflict():
            return "TRACK_NOT_READY"
        case RateLimited():
            return "RATE_LIMITED"
        case Invalid():
            return "BAD_COMMAND"
        case _:
            return "STREAM_ERROR"
