"""What is said on the co-listening socket, in seconds (the specification's real-time contract).

Client: play pause seek track sync heartbeat. Hub: state sync_ack participant_joined
participant_left ended error.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from rooms.errors import FieldError, Invalid
from rooms.ids import Uuid

MAX_POSITION_S = 1e9
PositionS = Annotated[float, Meta(ge=0, le=MAX_POSITION_S)]


class Command(Struct, frozen=True):
    """One text message of a client."""

    type: Literal["play", "pause", "seek", "track", "sync", "heartbeat"]
    position: PositionS | None = None
    """Seconds into the track."""
    track_id: Uuid | None = None
    sent_at: Annotated[float, Meta(ge=0)] | None = None
    """The hub's time in Unix seconds, as the client knows it, at which it was at `position`."""

    @property
    def position_ms(self) -> float | None:
        return None if self.position is None else self.position * 1_000


_NEEDED = {"seek": "position", "sync": "position", "track": "track_id"}


def read_command(text: str) -> Command:
    """The command of a message.

    Raises:
        Invalid: it is none, or lacks what it needs; names the field.
    """
    try:
        command = msgspec.json.decode(text, type=Command)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else "type"
        raise Invalid("There is no such command.", "BAD_COMMAND", fields=(_field(field),)) from None
    except (msgspec.DecodeError, UnicodeError):
        raise Invalid("A command is a JSON object with a `type`.", "BAD_COMMAND") from None
    needed = _NEEDED.get(command.type)
    if needed is not None and getattr(command, needed) is None:
        raise Invalid(f"`{needed}` is missing.", "BAD_COMMAND", fields=(_field(needed),))
    return command


def _field(name: str) -> FieldError:
    return FieldError(name, "INVALID", f"`{name}` is missing or wrong.")
