"""Answers to polls that nobody reads."""

import asyncio
import socket

from hub.engine import event
from tests.hub.engine.conftest import Hub
from tests.hub.engine.wire import until


async def test_a_polling_client_that_does_not_read_gets_no_second_answer(hub: Hub) -> None:
    """On as many connections as it likes: one bound each would be none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
    sid = (await reader.readuntil(b"}")).partition(b'"sid":"')[2].partition(b'"')[0].decode()
    writer.close()
    own = f"/socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\n"
    session = hub.engine.sessions[sid]
    for _ in range(15):
        session.take(event("big", "x" * 60_000))
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", hub.port))
    await asyncio.get_running_loop().sock_sendall(raw, f"GET {own}\r\n".encode())
    await until(lambda: session.answering)

    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(f"GET {own}Connection: close\r\n\r\n".encode())

    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    assert session.closed
    raw.close()
    writer.close()
