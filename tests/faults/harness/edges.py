"""The ways in which an edge is broken, by the names that schedules have for them."""

from tests.faults.harness.proxy import Proxy

SLOW_S = 0.2
SLICE_BYTES = 7


def break_edge(proxy: Proxy, how: str) -> None:
    """Makes an edge behave so, until it is healed; `how` is the last word of a kind of fault."""
    if how == "slow":
        proxy.slow(SLOW_S)
    elif how == "slices":
        proxy.slice(SLICE_BYTES)
    elif how == "half-open":
        proxy.half_open()
    elif how == "half-close":
        proxy.half_close()
    elif how in ("stall", "silent"):
        proxy.stall()
    elif how == "reset":
        proxy.reset()
    else:
        proxy.cut()
