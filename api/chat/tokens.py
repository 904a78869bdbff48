"""/api/v1/chat/token: what opens the chat's own WebSocket (hub/chat_socket)."""

from aiohttp import web

from api.auth.principals import caller
from api.envelope import ok
from api.parts import Api
from api.schemas.auth import ChatToken
from api.tokens import TokenRevoked

SOCKET_PATH = "/api/v1/chat/ws"


async def chat_token(request: web.Request, api: Api) -> web.Response:
    """A token of the caller's sign-in, signed with chat's own key; it ends with the sign-in."""
    principal = caller(request)
    standing = await api.sessions.standing(principal.session_id)
    if standing is None or not standing.is_alive:
        raise TokenRevoked("This session has ended. Sign in again.")
    issued = api.chat_tokens.issue_access(principal, standing.token_version, api.now_ms() // 1000)
    answer = ok(ChatToken(issued.token, issued.expires_in_s, SOCKET_PATH), "Token issued")
    answer.headers["Cache-Control"] = "no-store"
    return answer
