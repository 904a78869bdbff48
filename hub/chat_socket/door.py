"""`GET /api/v1/chat/ws?token=`, a plain WebSocket: who is let in, and until when.

The token is a chat token (`POST /api/v1/chat/token`), in the query or as a bearer. It is signed
with a key of its own and opens nothing else, which is why it may stand in an address. Cookies open
nothing here: a browser sends them unasked, also for other people's pages.
"""

from aiohttp import web

from api.claims import Claims
from api.tokens import Tokens
from hub.chat_socket.packets import Packets
from hub.chat_socket.talker import Talker
from hub.node import Node
from hub.plain_socket.calls import Spawn
from hub.plain_socket.serving import Kind, PlainSockets, Take
from hub.plain_socket.upgrade import bearer
from hub.plain_socket.wire import Wire
from rooms.errors import Invalid, Unauthenticated

PATHS = ("/api/v1/chat/ws", "/chat/ws", "/ws/{rest:.*}")
KIND = Kind(
    device="chat_socket",
    last_words={
        "token_expired": ("TOKEN_EXPIRED", "The chat token has expired. Ask for a new one."),
        "token_revoked": ("TOKEN_REVOKED", "This session has ended. Sign in again."),
        "rate_limited": ("RATE_LIMITED", "That was too quick for too long."),
    },
    not_text=Invalid.field("payload", "NOT_TEXT", "Commands are text."),
)


def mount(app: web.Application, node: Node, tokens: Tokens) -> None:
    """Adds the addresses; open sockets are closed with 1012 when the application stops.

    Args:
        app: the web application.
        node: running.
        tokens: chat's own.
    """
    door = ChatDoor(node, tokens)
    for path in PATHS:
        app.router.add_get(path, door.handle)
    app.on_shutdown.append(door.sockets.close_all)


class ChatDoor:
    """Lets clients of the older chat in."""

    def __init__(self, node: Node, tokens: Tokens) -> None:
        self.sockets = PlainSockets(node, KIND)
        self._door = node.door
        self._tokens = tokens
        self._packets = Packets()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket until it ends.

        Raises:
            Unauthenticated: no token, or none of ours, or one that has expired or was revoked.
            Unavailable: this node is stopping, or cannot ask.
        """
        socket = self.sockets.opened(request)
        guest = await self._door.admit(self._claims(request))
        await self.sockets.serve(request, socket, guest, self._greet)
        return socket

    def _greet(self, wire: Wire, spawn: Spawn) -> Take:
        return Talker(wire, self._packets, spawn).take

    def _claims(self, request: web.Request) -> Claims:
        token = bearer(request)
        if token is None:
            token = request.query.get("token", "")
        if not token:
            raise Unauthenticated("Ask POST /api/v1/chat/token for a token.")
        return self._tokens.read(token)
