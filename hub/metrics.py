"""Prometheus metrics of the hub, all declared here."""

from prometheus_client import Counter, Gauge, Histogram

SESSIONS = Gauge("veza_hub_sessions", "Sockets connected to this node")
COMMANDS = Counter("veza_hub_commands_total", "Calls answered", ("event", "code"))
COMMAND_SECONDS = Histogram(
    "veza_hub_command_seconds",
    "From a call's arrival to its ack",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2),
)
FANOUT_DELIVERED = Counter("veza_hub_fanout_delivered_total", "Durable events written to sockets")
FANOUT_HELD = Counter("veza_hub_fanout_held_total", "Events that arrived before their turn")
FANOUT_REPAIRED = Counter("veza_hub_fanout_repaired_total", "Events read from the log, not the bus")
RECOVERIES = Counter(
    "veza_hub_recoveries_total",
    "Dropped sockets that came back, by what became of it",
    ("outcome",),
)
TIMERS_RUN = Counter("veza_hub_timers_run_total", "Commands of the future that ran", ("command",))
SLOW_CONSUMERS = Counter("veza_hub_slow_consumers_total", "Sockets closed because they fell behind")
HTTP_REQUESTS = Counter("veza_hub_http_requests_total", "HTTP answers", ("method", "status"))
HTTP_SECONDS = Histogram("veza_hub_http_seconds", "HTTP request to answer")
SYNC_DRIFT_SECONDS = Histogram(
    "veza_hub_sync_drift_seconds",
    "How far each listener was from the beat, either way, once for each of his reports",
    # finest where it is asked for: 2 to 12 ms; a nudge ends at 250
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.008, 0.012, 0.02, 0.05, 0.1, 0.25, 1),
)
