"""The delivery engine under the hub's door: which origins, which limits, whose handlers."""

from collections.abc import Sequence

from hub.door.door import Door
from hub.engine import Engine, Handlers, Limits
from hub.engine.delivery import Delivery
from hub.engine_counts import ENGINE_COUNTS
from hub.variables import Network

PING_INTERVAL_S = 8.0
PING_TIMEOUT_S = 8.0
"""A client that says nothing is gone after both, and not shown any more within 20 s."""
LIFTED = Limits(
    events_per_s=None,
    connects_per_minute=None,
    sessions_per_address=None,
    http_per_address=None,
)
"""For load tests (`LIMITS=off`): the bounds on bytes stay."""


def make_engine(
    door: Door,
    delivery: Delivery,
    *,
    allowed_origins: Sequence[str],
    limits: bool,
    trusted_proxies: Sequence[Network] = (),
    ping_interval_s: float = PING_INTERVAL_S,
    ping_timeout_s: float = PING_TIMEOUT_S,
) -> Engine:
    """The engine of one node; use it with `async with`.

    A page of the host that was asked may always connect, and programs that name no origin; other
    origins have to be listed.
    """
    engine = Engine(
        namespaces={"/": Handlers(door.on_connect, door.on_event, door.on_disconnect)},
        origins=tuple(allowed_origins) or ("null://nobody",),
        same_host=True,
        limits=Limits() if limits else LIFTED,
        recovery=door.recovers,
        trusted_proxies=trusted_proxies,
        ping_interval_s=ping_interval_s,
        ping_timeout_s=ping_timeout_s,
        delivery=delivery,
    )
    ENGINE_COUNTS.add(engine.counts)
    return engine
