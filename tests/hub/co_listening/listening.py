"""A client of the older players: a plain WebSocket, JSON frames in seconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from storage.accounts.tickets import Tickets
from storage.backends import Pool
from tests.hub.chat_socket.talking import Talking

PATH = "/api/v1/co-listening/ws"


async def ticket(pool: Pool, user_id: str) -> str:
    """What `POST /api/v1/auth/stream-token` gives this user, of his newest sign-in."""
    session_id: str = await pool.fetchval(
        "SELECT id::text FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1", user_id
    )
    return await Tickets(pool).issue(user_id, session_id)


@asynccontextmanager
async def listening(
    url: str, session_id: str, token: str, *, as_bearer: bool = False
) -> AsyncIterator[Talking]:
    """A client in a session."""
    headers = {"Authorization": f"Bearer {token}"} if as_bearer else {}
    params = {"session_id": session_id} | ({} if as_bearer else {"token": token})
    async with (
        ClientSession() as http,
        http.ws_connect(url + PATH, params=params, headers=headers) as socket,
    ):
        yield Talking(socket)
