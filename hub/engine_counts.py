"""What the engine has counted, for Prometheus: it is asked when somebody looks."""

from collections.abc import Iterable

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.engine.counts import Counts

_SHOWN = {
    "opened": ("veza_hub_sessions_opened", "Engine.IO sessions opened"),
    "bad_packets": ("veza_hub_bad_packets", "Packets that were none"),
    "stray_packets": (
        "veza_hub_stray_packets",
        "Answers to what was never asked, and other packets that nobody has asked for",
    ),
    "ephemeral_dropped": (
        "veza_hub_ephemeral_dropped",
        "Ephemeral events left out for a client that was behind",
    ),
}
"""By field of `Counts`; `slow_consumers` is counted where such a socket is closed."""


class EngineCounts(Collector):
    """The counts of this process's engines, added up."""

    def __init__(self) -> None:
        self._counts: list[Counts] = []

    def add(self, counts: Counts) -> None:
        """Shows these, too, for as long as the process lives."""
        self._counts.append(counts)

    def collect(self) -> Iterable[Metric]:
        """One counter for each number."""
        for field, (name, documentation) in _SHOWN.items():
            total = sum(getattr(counts, field) for counts in self._counts)
            yield CounterMetricFamily(name, documentation, value=total)


ENGINE_COUNTS = EngineCounts()
REGISTRY.register(ENGINE_COUNTS)
