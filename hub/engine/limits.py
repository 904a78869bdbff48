"""What one client may ask of a node, and for how long a node waits for him."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds per connection. The defaults are the protocol's; load tests lift some of them."""

    message_bytes: int = 65_536
    """One event with all its attachments; beyond, 1009 (too big)."""
    fragments: int = 4_096
    """Frames that one WebSocket message may come in; beyond, 1008."""
    attachments: int = 4
    """Binary parts of one event; beyond, 1008."""
    attachments_within_s: float = 10.0
    """An event whose parts do not come is dropped with an `error`."""
    json_depth: int = 16
    """Nesting of a payload; nothing in the protocol needs half of it."""
    unsent_bytes: int = 1_048_576
    """What may wait for one client; beyond, he is a slow consumer and is cut."""
    congested_bytes: int = 65_536
    """From here on ephemeral events coalesce or drop for that client."""
    volatile_bytes: int = 16_384
    """From here on volatile events are dropped for that client. Not less: one turn of the loop may
    write as much to somebody whose buffers are empty, and has not handed it to the kernel yet."""
    head_bytes: int = 16_384
    """Request line and headers of a new connection."""
    head_within_s: float = 10.0
    """A connection without a whole request head is closed."""
    connect_within_s: float = 5.0
    """An Engine.IO session without a namespace is closed with 4009."""
    connects_per_minute: int | None = 5
    """Namespace CONNECTs of one session; beyond, 4008."""
    bad_packets: int = 10
    """Malformed packets that are answered with `error` before the session is closed."""
    stray_packets: int = 10
    """Packets that only a server may send, and pongs nobody asked for; beyond, 1008."""
    control_frames_per_s: float = 2.0
    """Sustained WebSocket pings and pongs, which no browser sends by itself; beyond their burst,
    1008."""
    control_frames_burst: int = 50
    """Pings and pongs that may come at once."""
    events_per_s: float | None = 50.0
    """Sustained events and acks of one session; beyond the burst, 4008. None lifts the limit."""
    events_burst: int = 100
    """Events that may come at once."""
    sessions_per_address: int | None = 200
    """The oldest is closed with 4008 to let the newest in."""
    http_per_address: int | None = 500
    """Connections that speak plain HTTP, busy or idle; the next is answered 429. Those of a trusted
    proxy, which stand for many people, are not counted."""
    post_within_s: float = 30.0
    """A polling POST that dribbles is answered 408."""
    upgrade_within_s: float = 10.0
    """A WebSocket probe that never ends is closed; polling goes on."""
    linger_s: float = 4.0
    """After our close frame: time for the client to read it before the connection is cut."""
