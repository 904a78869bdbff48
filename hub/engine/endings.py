"""Why a socket is closed, and what each reason looks like on the wire.

The stock client comes back by itself after a transport that closed, and stays away after a
Socket.IO DISCONNECT packet; so a reason that should keep a client away is preceded by one.
"""

from msgspec import Struct


class Ending(Struct, frozen=True):
    """One reason to close a socket."""

    code: int
    """WebSocket close code (RFC 6455 §7.4; 4000-4999 are ours)."""
    come_back: bool
    """Whether the client should connect again."""
    abort: bool = False
    """Cut the connection without a word: the client does not read."""


ENDINGS = {
    "server disconnect": Ending(1000, come_back=False),
    "draining": Ending(1012, come_back=True),
    "slow_consumer": Ending(4013, come_back=True, abort=True),
    "ping timeout": Ending(1001, come_back=True),
    "handshake_timeout": Ending(4009, come_back=True),
    "rate_limited": Ending(4008, come_back=True),
    "too_many_sockets": Ending(4008, come_back=False),
    "protocol_error": Ending(1008, come_back=False),
    "too_big": Ending(1009, come_back=False),
    "token_expired": Ending(4001, come_back=True),
    "token_revoked": Ending(4001, come_back=False),
    "banned": Ending(4003, come_back=False),
    "internal": Ending(1011, come_back=True),
}
"""Every reason that `Link.close` takes."""
