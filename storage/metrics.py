"""Prometheus metrics of the storage layer, all declared here."""

from prometheus_client import Counter, Gauge, Histogram

COMMIT_SECONDS = Histogram(
    "veza_storage_commit_seconds",
    "One group commit: read, rules, write, fsync",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2),
)
COMMIT_BATCH_COMMANDS = Histogram(
    "veza_storage_commit_batch_commands",
    "Commands in one group commit",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 400),
)
COMMITS_OVERTAKEN = Counter(
    "veza_storage_commits_overtaken_total",
    "Batches run again because another node changed a stream meanwhile",
)
BUS_CONNECTED = Gauge("veza_storage_bus_connected", "1 while every channel of the bus is heard")
BUS_LINES = Gauge("veza_storage_bus_lines", "Redis servers that the bus has a connection to")
BUS_RECONNECTS = Counter(
    "veza_storage_bus_reconnects_total", "Times the bus lost a connection to Redis"
)
BUS_REPAIRS = Counter(
    "veza_storage_bus_repairs_total", "Times logs were read on from after a gap in hearing"
)
BUS_DROPPED = Counter(
    "veza_storage_bus_dropped_total", "Hints that Redis did not take, or may not have taken"
)
