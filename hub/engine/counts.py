"""What has happened in an engine."""

from msgspec import Struct


class Counts(Struct):
    """What has happened since the start, for the hub's metrics."""

    opened: int = 0
    slow_consumers: int = 0
    bad_packets: int = 0
    stray_packets: int = 0
    ephemeral_dropped: int = 0
