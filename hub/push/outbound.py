"""Requests to addresses that users name: only https, only public addresses, no redirects.

Names are resolved once, every address is checked, and the connection goes to a checked address:
what the name says a moment later does not matter (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from ssl import SSLContext
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 4_096

_NAT64 = ip_network("64:ff9b::/96")

IsAllowed = Callable[[str], bool]


class Refused(Exception):
    """The address is none that the hub goes to."""


def is_public(address: str) -> bool:
    """True for an address on the public internet (IANA's special registries are not)."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ip_address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def check_url(url: str, ports: tuple[int, ...] = (443,)) -> str:
    """The origin of an address that the hub may go to.

    Raises:
        Refused: not https, another port, credentials in it, no host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Refused("This is no address.") from error
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise Refused("Only https addresses without a password are taken.")
    if port not in ports:
        raise Refused("This port is not one for the web.")
    try:
        ip_address(parts.hostname)
    except ValueError:
        return f"https://{parts.netloc}"
    raise Refused("Name the host, not its number.")


class _Resolver(AbstractResolver):
    """Addresses of a name, all of them checked; one that is private spoils the name."""

    def __init__(self, is_allowed: IsAllowed) -> None:
        self._is_allowed = is_allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        if not all(self._is_allowed(str(each[4][0])) for each in found):
            raise OSError(None, "the name leads to an address that is not public")
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def open_outbound(
    is_allowed: IsAllowed = is_public, authorities: SSLContext | None = None
) -> AsyncIterator[ClientSession]:
    """A client that connects only to allowed addresses; pass `allow_redirects=False` with it.

    Args:
        is_allowed: which addresses.
        authorities: whose certificates are believed; None: those the machine believes.
    """
    connector = TCPConnector(
        resolver=_Resolver(is_allowed),
        use_dns_cache=False,
        limit=20,
        limit_per_host=4,
        ssl=authorities if authorities is not None else True,
    )
    timeout = ClientTimeout(total=TIMEOUT_S)
    async with ClientSession(connector=connector, timeout=timeout, trust_env=False) as client:
        yield client
