"""Networks as distributions of the time that a packet takes one way: pure, seeded.

Figures of sync.md: LAN 0.3 ms and a tail of 0.2; Wi-Fi 4 ms and more, one packet in twenty 40 ms
late; 4G 25 ms and more, one in twelve 120 ms late.
"""

import random
from collections.abc import Callable

from msgspec import Struct


class Network(Struct, frozen=True):
    """How long a packet takes one way, ms: a floor, a gamma-distributed tail, sometimes a spike."""

    name: str
    floor_ms: float
    shape: float
    """Of the gamma distribution; 1 is exponential."""
    scale_ms: float
    spike_share: float
    """How many packets meet a spike."""
    spike_ms: float

    def delay_ms(self, draw: random.Random) -> float:
        """One packet's way; the same `draw` gives the same delays."""
        tail = draw.gammavariate(self.shape, self.scale_ms)
        spike = self.spike_ms if draw.random() < self.spike_share else 0.0
        return self.floor_ms + tail + spike

    def mean_ms(self) -> float:
        """What `delay_ms` is on average."""
        return self.floor_ms + self.shape * self.scale_ms + self.spike_share * self.spike_ms


LAN = Network("LAN", floor_ms=0.3, shape=1, scale_ms=0.2, spike_share=0.01, spike_ms=3)
WIFI = Network("Wi-Fi", floor_ms=4, shape=2, scale_ms=1.5, spike_share=0.05, spike_ms=40)
MOBILE = Network("4G", floor_ms=25, shape=2, scale_ms=6, spike_share=0.08, spike_ms=120)

NETWORKS = {"lan": LAN, "wifi": WIFI, "4g": MOBILE}


class Line:
    """One direction of one connection: packets are late, and never overtake each other."""

    def __init__(self, network: Network, seed: str, now_ms: Callable[[], float]) -> None:
        self._network = network
        self._draw = random.Random(seed)  # noqa: S311 -- a simulation, no secret
        self._now_ms = now_ms
        self._last_ms = float("-inf")

    def due_ms(self) -> float:
        """When a packet that is sent now arrives, on the clock of `now_ms`."""
        self._last_ms = max(self._last_ms, self._now_ms() + self._network.delay_ms(self._draw))
        return self._last_ms
