"""What REDIS_URL says: which servers, of what kind, and how one is let in."""

import ssl
from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

Kind: TypeAlias = Literal["standalone", "sentinel", "cluster"]

FORMS = (
    "redis://host:port/db, rediss://host:port/db, unix:///path?db=0,"
    " redis+sentinel://host:port,host:port/service/db or redis+cluster://host:port,host:port"
)
"""The addresses that `parse_target` takes, to follow "expects"."""

REDIS_PORT = 6379
SENTINEL_PORT = 26379

_KINDS: Mapping[str, tuple[Kind, bool]] = {
    "redis": ("standalone", False),
    "rediss": ("standalone", True),
    "unix": ("standalone", False),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
}
_TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
_SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")


class BadTarget(ValueError):
    """An address that cannot be meant; the message says what is wrong and holds no secret."""


class Address(Struct, frozen=True):
    """Where one server listens."""

    host: str
    """Name or IP address; the path of the socket when `port` is 0."""
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


class Tls(Struct, frozen=True):
    """How a server proves who it is, and we to it."""

    ca_file: str | None = None
    """PEM of the authorities that are believed; None: the machine's."""
    certificate_file: str | None = None
    key_file: str | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """What asyncio and redis-py are given.

        Raises:
            OSError: a file cannot be read.
        """
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


class Target(Struct, frozen=True, kw_only=True):
    """A Redis to talk to."""

    kind: Kind
    addresses: tuple[Address, ...]
    """The server; the sentinels; or some nodes of the cluster, the rest is asked of them."""
    service: str = ""
    """What the sentinels call the master."""
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None
    tls: Tls | None = None


def parse_target(url: str) -> Target:
    """Read an address in one of `FORMS`.

    Raises:
        BadTarget: naming what is wrong.
    """
    parts = urlsplit(url)
    if parts.scheme not in _KINDS:
        raise BadTarget(f"there is no {parts.scheme or 'empty'}:// for Redis")
    kind, has_tls = _KINDS[parts.scheme]
    options = _options(parts.query, has_tls=has_tls, kind=kind, is_unix=parts.scheme == "unix")
    userinfo, _, hosts = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    service, database = _path(kind, parts.path, options)
    if parts.scheme == "unix":
        if not parts.path.strip("/") or hosts:
            raise BadTarget("unix:// is followed by the path of a socket: unix:///run/redis.sock")
        addresses: tuple[Address, ...] = (Address(unquote(parts.path), 0),)
    else:
        default_port = SENTINEL_PORT if kind == "sentinel" else REDIS_PORT
        addresses = tuple(_address(host, default_port) for host in hosts.split(","))
        if kind == "standalone" and len(addresses) > 1:
            raise BadTarget("several hosts are redis+sentinel:// or redis+cluster://")
    return Target(
        kind=kind,
        addresses=addresses,
        service=service,
        database=database,
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
        tls=_tls(options) if has_tls else None,
    )


def _address(text: str, default_port: int) -> Address:
    """One `host`, `host:port`, `[v6]` or `[v6]:port`."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadTarget("a port is a whole number up to 65535") from None
    if not host:
        raise BadTarget("a host is missing")
    return Address(host, default_port if port is None else port)


def _path(kind: Kind, path: str, options: Mapping[str, str]) -> tuple[str, int]:
    """Name of the service and number of the database."""
    database = options.get("db", "")
    names = (
        []
        if path.startswith("/") and kind == "standalone" and "db" in options
        else ([unquote(name) for name in path.split("/") if name])
    )
    if kind == "sentinel":
        if not 1 <= len(names) <= 2:
            raise BadTarget(
                "redis+sentinel:// ends with the service's name: redis+sentinel://host:26379/main/0"
            )
        return names[0], _database(names[1] if len(names) == 2 else database)
    if kind == "cluster":
        if names not in ([], ["0"]) or database not in ("", "0"):
            raise BadTarget("a cluster has database 0 alone: leave it out")
        return "", 0
    return "", _database(names[0] if names else database)


def _database(text: str) -> int:
    if text and not text.isdecimal():
        raise BadTarget("a database is a whole number, such as /0 at the end")
    return int(text or "0")


def _options(query: str, *, has_tls: bool, kind: Kind, is_unix: bool) -> dict[str, str]:
    known = [
        *(("db",) if is_unix or kind != "cluster" else ()),
        *(_TLS_OPTIONS if has_tls else ()),
        *(_SENTINEL_OPTIONS if kind == "sentinel" else ()),
    ]
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in options:
        if name not in known:
            wanted = ", ".join(known) or "none"
            raise BadTarget(f"there is no option {name!r} here (known: {wanted})")
    return options


def _tls(options: Mapping[str, str]) -> Tls:
    verify = options.get("ssl_cert_reqs", "required")
    if verify not in ("required", "none"):
        raise BadTarget("ssl_cert_reqs is `required` or `none`")
    return Tls(
        ca_file=options.get("ssl_ca_certs"),
        certificate_file=options.get("ssl_certfile"),
        key_file=options.get("ssl_keyfile"),
        verify=verify == "required",
    )
