"""What the bus carries: hints, encoded once by the node that has something to say."""

import msgspec
from msgspec import Struct

from storage.log import LogEvent


class Ephemeral(Struct, frozen=True, array_like=True, tag="e"):
    """An event at most once, without seq: typing, counters, progress. `data` is JSON."""

    stream: str
    event: str
    data: bytes


class Durable(Struct, frozen=True, array_like=True, tag="d"):
    """New events of one stream, as a commit made them."""

    stream: str
    epoch: str
    events: list[LogEvent]


Hint = Ephemeral | Durable

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Hint).decode
