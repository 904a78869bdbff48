"""From a request to a plain WebSocket, and its end without a word."""

from aiohttp import web


def upgraded(
    request: web.Request, max_bytes: int, ping_every_s: float | None = None
) -> web.WebSocketResponse:
    """A socket for the request, not yet prepared: until it is, an error is an HTTP answer.

    Args:
        request: of the client.
        max_bytes: of one message.
        ping_every_s: a client that does not answer a ping within half of it is gone.

    Raises:
        HTTPUpgradeRequired: the client does not ask for a WebSocket.
    """
    socket = web.WebSocketResponse(max_msg_size=max_bytes, compress=False, heartbeat=ping_every_s)
    if not socket.can_prepare(request):
        raise web.HTTPUpgradeRequired(text="This address speaks WebSocket.\n")
    return socket


def bearer(request: web.Request) -> str | None:
    """The token that a client has put into a header; None when there is no such header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cut(request: web.Request) -> None:
    """Closes the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
