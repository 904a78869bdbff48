"""Bytes go past the event loop while nothing waits in it, else through it."""

import asyncio
import errno
import socket

import pytest

from hub.engine import Limits, event
from hub.engine.borrowed_socket import BorrowedSocket
from tests.hub.engine.conftest import MakeHub
from tests.hub.engine.wire import until


async def transport_of(sock: socket.socket) -> asyncio.Transport:
    """A transport over one end of a pair."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=sock)
    return transport


async def test_a_borrowed_socket_leaves_the_descriptor_open() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport = await transport_of(ours)
        borrowed = BorrowedSocket(transport)
        assert borrowed.send(b"once") == 4
        del borrowed
        transport.write(b" more")
        assert theirs.recv(100) == b"once more"
        transport.abort()


async def test_a_borrowed_socket_given_back_writes_to_nobody_else() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport = await transport_of(ours)
        borrowed = BorrowedSocket(transport)
        send = borrowed.send
        borrowed.detach()
        with pytest.raises(OSError, match="descriptor") as refused:
            send(b"private")
        transport.abort()
    assert refused.value.errno == errno.EBADF


def fill(borrowed: BorrowedSocket) -> None:
    while borrowed.send(b"x" * 65_536):
        pass


async def test_a_borrowed_socket_never_waits() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport = await transport_of(ours)
        borrowed = BorrowedSocket(transport)
        with pytest.raises(BlockingIOError):
            fill(borrowed)
        borrowed.detach()
        transport.abort()


async def test_two_namespaces_of_a_blocked_client_never_cut_into_each_others_frames(
    make_hub: MakeHub,
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=10_000_000, message_bytes=100_000))
    async with await hub.wire() as wire:
        await wire.connect(namespace="/other,")
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (session,) = hub.engine.sessions.values()
        said = 0
        while session.unsent_bytes <= 300_000:
            hub.engine.broadcast("all", event("big", said, "x" * 9_999))
            said += 1
            await asyncio.sleep(0)
        assert session.fast_writer is None
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]

        heard = [await wire.event() for _ in range(2 * said)]
        assert [number for _, number, _ in heard] == [n for n in range(said) for _ in (1, 2)]
        await until(lambda: session.fast_writer is not None)
        hub.engine.broadcast("all", event("after"))
        assert [await wire.event(), await wire.event()] == [["after"], ["after"]]


async def test_nothing_is_sent_past_a_transport_that_is_closed(make_hub: MakeHub) -> None:
    hub = await make_hub()
    wire = await hub.wire()
    (session,) = hub.engine.sessions.values()
    websocket = session.websocket
    assert websocket is not None
    send = websocket.socket.send
    session.end("slow_consumer")
    with pytest.raises(OSError, match="descriptor"):
        send(b"late")
    wire.writer.close()
