"""Bytes go past the event loop while nothing waits in it, else through it."""

import asyncio
import errno
import os
import socket

import pytest

from hub.engine import Limits, event
from hub.engine.borrowed_socket import BorrowedSocket
from tests.hub.engine.conftest import MakeHub
from tests.hub.engine.wire import until


def test_a_borrowed_socket_leaves_the_descriptor_open() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        borrowed = BorrowedSocket(ours.family, socket.SOCK_STREAM, 0, ours.fileno())
        assert borrowed.send(b"once") == 4
        del borrowed
        ours.sendall(b" more")
        assert theirs.recv(100) == b"once more"


def test_a_borrowed_socket_given_back_writes_to_nobody_else() -> None:
    ours, theirs = socket.socketpair()
    borrowed = BorrowedSocket(ours.family, socket.SOCK_STREAM, 0, ours.fileno())
    send, number = borrowed.send, ours.fileno()
    borrowed.detach()
    ours.close()
    theirs.close()
    others, far = socket.socketpair()
    with others, far:
        if others.fileno() != number:
            os.dup2(others.fileno(), number)
        # The number is another's now.
        with pytest.raises(OSError, match="descriptor") as refused:
            send(b"private")
        if others.fileno() != number:
            os.close(number)
    assert refused.value.errno == errno.EBADF


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
    send = websocket.send
    session.end("slow_consumer")
    assert websocket.send(b"late") == 0
    with pytest.raises(OSError, match="descriptor"):
        send(b"late")
    wire.writer.close()
