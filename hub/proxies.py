"""Whose word on the client's address and scheme is believed: only that of trusted proxies."""

from collections.abc import Sequence
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.variables import Network


def behind(trusted: Sequence[Network]) -> Middleware:
    """Middleware that gives a proxied request its client's address and scheme.

    The address is the last one in X-Forwarded-For that no trusted proxy has: what stands before it
    is what the client chose to send. X-Forwarded-Proto counts when the peer is trusted.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        peer = request.remote
        if not trusted or peer is None or not _is_trusted(peer, trusted):
            return await handler(request)
        scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        proxied = request.clone(
            remote=_client(peer, request.headers.getall("X-Forwarded-For", []), trusted),
            scheme=scheme if scheme in ("http", "https") else request.scheme,
        )
        return await handler(proxied)

    return middleware


def _client(peer: str, headers: Sequence[str], trusted: Sequence[Network]) -> str:
    client = peer
    hops = [hop.strip() for header in headers for hop in header.split(",")]
    for hop in reversed(hops):
        if not _is_address(hop):
            break
        client = hop
        if not _is_trusted(hop, trusted):
            break
    return client


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
