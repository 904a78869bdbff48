"""A client of the hub in Python, for tests, load tests and whoever wants one.

From the outside in: `follower` stays on a room through every loss, `clock` knows the hub's time,
`connection` makes calls and hears events, `packets` is what they look like (pure), `line` carries
them, over WebSocket or long-polling. What it says is in docs/protocol.md.
"""

from veza_client.clock import Clock
from veza_client.connection import Closed, Connection, Refused
from veza_client.follower import Follower

__all__ = ["Clock", "Closed", "Connection", "Follower", "Refused"]
