"""A client that speaks to the engine in bytes: what it sends is exactly what a test says."""

import asyncio
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

import orjson

from hub.engine.frames import BINARY, CLOSE, PING, TEXT

WAIT_S = 5.0


async def until(condition: Callable[[], bool]) -> None:
    """Waits until something is so, which the loop brings about by itself."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0)


def masked(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes | None = None) -> bytes:
    """One frame as a client sends it."""
    key = os.urandom(4) if mask is None else mask
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += b"\xfe" + size.to_bytes(2, "big")
    else:
        head += b"\xff" + size.to_bytes(8, "big")
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def upgrade_request(path: str, **headers: str) -> bytes:
    fields = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


class Closed(Exception):
    """The server closed the socket; `code` is None when it said nothing."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Wire:
    """A WebSocket of ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sid = ""

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.writer.close()

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def text(self, message: str) -> None:
        self.raw(masked(TEXT, message.encode()))

    def binary(self, message: bytes) -> None:
        self.raw(masked(BINARY, message))

    def emit(self, name: str, *args: Any, ack_id: int | None = None) -> None:
        number = "" if ack_id is None else str(ack_id)
        self.text(f"42{number}{orjson.dumps([name, *args]).decode()}")

    async def frame(self) -> tuple[int, bytes]:
        async with asyncio.timeout(WAIT_S):
            head = await self.reader.readexactly(2)
            size = head[1] & 0x7F
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            return head[0] & 0x0F, await self.reader.readexactly(size)

    async def message(self) -> str | bytes:
        """The next message; answers nothing by itself."""
        try:
            opcode, payload = await self.frame()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed(None) from None
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else None
            raise Closed(code, payload[2:].decode())
        assert opcode in (TEXT, BINARY), (opcode, payload)
        return payload.decode() if opcode == TEXT else payload

    async def event(self) -> list[Any]:
        """The next event's name and arguments; pings are answered on the way."""
        while (message := await self.message()) == "2":
            self.text("3")
        assert isinstance(message, str)
        assert message.startswith("42["), message
        data: list[Any] = orjson.loads(message[2:])
        return data

    async def ack(self, ack_id: int) -> Any:
        message = await self.message()
        assert isinstance(message, str)
        head = f"43{ack_id}["
        assert message.startswith(head), message
        return orjson.loads(message[len(head) - 1 :])[0]

    async def closed(self) -> Closed:
        """How the server closes, whatever it says before."""
        try:
            while True:
                await self.message()
        except Closed as closed:
            return closed

    async def connect(self, auth: str = "", namespace: str = "") -> dict[str, Any]:
        """Sends CONNECT and reads what CONNECT says back."""
        self.text(f"40{namespace}{auth}")
        message = await self.message()
        assert isinstance(message, str)
        assert message.startswith(f"40{namespace}{{"), message
        answer: dict[str, Any] = orjson.loads(message[2 + len(namespace) :])
        return answer

    async def still_there(self) -> None:
        """Asserts that the connection lives: a WebSocket ping is answered."""
        self.raw(masked(PING, b"alive?"))
        while (await self.frame())[1] != b"alive?":
            pass


async def open_wire(port: int, path: str = "/socket.io/", query: str = "") -> Wire:
    """A WebSocket session, its `open` packet read."""
    wire = await upgrade(port, f"{path}?EIO=4&transport=websocket{query}")
    message = await wire.message()
    assert isinstance(message, str)
    wire.sid = orjson.loads(message[1:])["sid"]
    return wire


async def upgrade(port: int, target: str) -> Wire:
    """A WebSocket, nothing read from it yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(upgrade_request(target))
    async with asyncio.timeout(WAIT_S):
        response = await reader.readuntil(b"\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 101 "), response
    return Wire(reader, writer)
