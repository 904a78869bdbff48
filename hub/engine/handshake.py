"""The HTTP side of opening a WebSocket (RFC 6455 §4.2), without a socket in sight."""

import base64
import binascii
import hashlib
import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTROLS = bytes(set(range(32)) - set(b"\t") | {127})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

TRANSPORT_UNKNOWN = (0, "Transport unknown")
SESSION_UNKNOWN = (1, "Session ID unknown")
BAD_METHOD = (2, "Bad handshake method")
BAD_REQUEST = (3, "Bad request")
FORBIDDEN = (4, "Forbidden")
BAD_VERSION = (5, "Unsupported protocol version")
"""What Engine.IO answers, in the words of the official server (its `Server.errorMessages`)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_USUAL = "EIO=4&transport=websocket"
"""The query of a stock client that opens a session: it need not be taken apart."""
_USUAL_QUERY = MappingProxyType({"EIO": "4", "transport": "websocket"})
_COMMON = (
    "Accept-Encoding Accept-Language Cache-Control Connection Cookie Host Origin Pragma "
    "Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-WebSocket-Extensions Sec-WebSocket-Key "
    "Sec-WebSocket-Version Upgrade User-Agent Via X-Forwarded-For X-Forwarded-Host "
    "X-Forwarded-Proto X-Real-IP"
)
_LOWER = {spelling: name.lower() for name in _COMMON.split() for spelling in (name, name.lower())}
"""Names that need no look at their letters: 5 us of a head's 9."""
_REASONS = {400: "Bad Request", 403: "Forbidden", 426: "Upgrade Required", 503: "Unavailable"}


class Refused(Exception):
    """A request that opens no session: HTTP status and the reference's code and message."""

    def __init__(self, problem: tuple[int, str], status: int = 400) -> None:
        super().__init__(problem[1])
        self.problem = problem
        self.status = status

    @property
    def body(self) -> bytes:
        code, message = self.problem
        return orjson.dumps({"code": code, "message": message})


class Request(Struct, frozen=True):
    """The head of an HTTP request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name; values of a repeated header are joined with commas."""


class Opening(Struct, frozen=True):
    """What a client asks of Engine.IO."""

    transport: str
    sid: str | None
    """The session to go on with, or None for a new one."""


def parse_head(head: bytes) -> Request:
    """A request's head, up to and without its empty line.

    Raises:
        ValueError: no HTTP/1.1 request.
    """
    if len(head) - len(head.translate(None, _CONTROLS)) != 2 * head.count(b"\r\n"):
        raise ValueError("malformed header")
    line, *fields = head.decode("latin-1").split("\r\n")
    method, target, version = line.split(" ")
    if version != "HTTP/1.1" or not target.startswith("/"):
        raise ValueError("not an HTTP/1.1 request")
    headers: dict[str, str] = {}
    for field in fields:
        given, colon, value = field.partition(":")
        name = _LOWER.get(given)
        if name is None:
            if not _TOKEN.fullmatch(given):
                raise ValueError("malformed header")
            name = given.lower()
        if not colon:
            raise ValueError("malformed header")
        value = value.strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    path, _, query = target.partition("?")
    if query == _USUAL:
        return Request(method, path, _USUAL_QUERY, headers)
    return Request(method, path, dict(parse_qsl(query, keep_blank_values=True)), headers)


def read_opening(query: Mapping[str, str]) -> Opening:
    """The Engine.IO parameters of a request.

    Raises:
        Refused: an unknown transport, an old protocol, JSONP.
    """
    transport = query.get("transport", "")
    if transport not in ("polling", "websocket"):
        raise Refused(TRANSPORT_UNKNOWN)
    if "j" in query:
        raise Refused(BAD_REQUEST)
    sid = query.get("sid")
    if sid is None and query.get("EIO") != "4":
        raise Refused(BAD_VERSION)
    return Opening(transport, sid)


def is_upgrade(request: Request) -> bool:
    """Whether the client asks for a WebSocket at all."""
    return "websocket" in _tokens(request.headers.get("upgrade", ""))


def accept_upgrade(request: Request) -> bytes:
    """The 101 response to a sound upgrade request. No extension, no subprotocol.

    Raises:
        Refused: the request breaks RFC 6455 §4.2.1; 426 for another version than 13.
    """
    headers = request.headers
    sound = (
        request.method == "GET"
        and "," not in headers.get("host", ",")  # once, and once only (RFC 9112 §3.2)
        and "transfer-encoding" not in headers  # a body would be read as frames
        and headers.get("content-length", "0") == "0"
        and "upgrade" in _tokens(headers.get("connection", ""))
        and is_upgrade(request)
    )
    if not sound:
        raise Refused(BAD_REQUEST)
    if headers.get("sec-websocket-version") != "13":
        raise Refused(BAD_REQUEST, 426)
    key = headers.get("sec-websocket-key", "")
    try:
        sound = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        sound = False
    if not sound:
        raise Refused(BAD_REQUEST)
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % base64.b64encode(digest)
    )


def refusal(refused: Refused) -> bytes:
    """The whole HTTP response to a refused upgrade; the connection ends after it."""
    extra = b"Sec-WebSocket-Version: 13\r\n" if refused.status == 426 else b""
    reason = _REASONS[refused.status].encode()
    return (
        b"HTTP/1.1 %d %b\r\nConnection: close\r\nContent-Type: application/json\r\n%b"
        b"Content-Length: %d\r\n\r\n%b"
        % (refused.status, reason, extra, len(refused.body), refused.body)
    )


def check_origin(
    headers: Mapping[str, str], allowed: Collection[str], *, same_host: bool = False
) -> None:
    """Lets browsers of listed origins pass, and programs, which send no origin.

    The token travels in the payload of CONNECT, so another site's page has nothing to abuse; the
    list keeps it from trying. With `same_host` a page of the host that was asked passes, too.

    Raises:
        Refused: 403.
    """
    origin = headers.get("origin")
    if origin is None or "*" in allowed or origin.lower() in allowed:
        return
    scheme, _, host = origin.lower().partition("://")
    if same_host and scheme in ("http", "https") and host == headers.get("host", "").lower():
        return
    raise Refused(FORBIDDEN, 403)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address belongs to one of the networks; what is no IP address belongs to none."""
    try:
        candidate = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(candidate in network for network in networks)


def client_address(
    peer: str, headers: Mapping[str, str], trusted_proxies: Sequence[Network] = ()
) -> str:
    """The client's address: the last one in `X-Forwarded-For` that no trusted proxy has."""
    if not trusted_proxies:
        return peer
    hops = [peer, *reversed(headers.get("x-forwarded-for", "").split(","))]
    address = peer
    for hop in hops:
        try:
            candidate = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        address = str(candidate)
        if not any(candidate in network for network in trusted_proxies):
            break
    return address


def open_packet(sid: str, *, upgrades: Sequence[str], settings: Mapping[str, Any]) -> bytes:
    """Engine.IO's first packet."""
    return b"0" + orjson.dumps({"sid": sid, "upgrades": list(upgrades), **settings})


def _tokens(value: str) -> list[str]:
    return [token.strip().lower() for token in value.split(",")]
