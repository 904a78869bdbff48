"""How ICE is used here: the hub waits to be called, on every address it has.

Stands on aioice; what is reached inside it is marked, and held by tests/media/webrtc/test_ingest.py
against the pinned version.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aioice.ice

CONNECT_WITHIN_S = 10.0
"""Who was answered and does not call is forgotten after this."""

_addresses_of_host: Callable[..., list[str]] = aioice.ice.get_host_addresses


def _host_addresses(*args: bool, **kwargs: bool) -> list[str]:
    """Loopback, too, where there is nothing else; aioice leaves it out, and some are offline."""
    return _addresses_of_host(*args, **kwargs) or ["127.0.0.1"]


aioice.ice.get_host_addresses = _host_addresses


def wait_to_be_called(transport: Any) -> None:
    """Has ICE begin when the publisher has knocked, since it knows no address of his.

    aioice gives up at once on a connection without remote candidates; a check that came before
    `connect` makes one (RFC 8445 §7.3.1.3). Private: RTCIceTransport._connection and, of
    aioice's Connection, request_received and _early_checks.
    """
    ice = transport._connection
    called = asyncio.Event()
    take: Callable[[Any, Any, Any], None] = ice.request_received
    connect: Callable[[], Awaitable[None]] = ice.connect

    def request_received(message: Any, address: Any, protocol: Any) -> None:
        take(message, address, protocol)
        if ice._early_checks:
            called.set()

    async def connect_when_called() -> None:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await called.wait()
        except TimeoutError:
            raise ConnectionError("nobody called") from None
        await connect()

    ice.request_received = request_received
    ice.connect = connect_when_called
