"""One listener on the raw stream socket: what he says, and the chunks he is sent in time.

He does not ask for chunks: the hub sends them a little ahead of where he is by the clock, of a rung
that the socket has taken quickly enough.
"""

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web
from msgspec import Struct

from hub.plain_socket.frames import frame
from hub.players.raw_commands import (
    CLOSE_CODES,
    Refused,
    StreamCode,
    StreamCommand,
    bad_position,
    code_of,
    read_command,
)
from media.player.adapt import Report
from media.player.chunk_reader import Chunk, ChunkReader
from media.player.player import Player
from media.player.playhead import AHEAD_MS, Playhead
from rooms.errors import HubError, Invalid, Unavailable

log = logging.getLogger(__name__)

HEARTBEAT_S = 90.0
"""Who says nothing for so long is gone."""
CHECK_EVERY_S = 60.0
_CLOSE_WITHIN_S = 5.0


def line_bps(size_bytes: int, elapsed_s: float) -> int:
    """How quick a line is that took so much in this time."""
    return int(size_bytes * 8 / max(elapsed_s, 0.001))


class Pace(Struct, frozen=True):
    """How a listener is served."""

    heartbeat_s: float = HEARTBEAT_S
    check_every_s: float = CHECK_EVERY_S
    """How often it is asked again whether he may hear the track."""
    ahead_ms: int = AHEAD_MS
    line_bps: Callable[[int, float], int] = line_bps
    """What carried so many bytes in so many seconds."""


PACE = Pace()


class StreamListener:
    """Serves one accepted socket until either side ends it.

    Args:
        socket: prepared.
        player: at the position where `play` without one begins.
        reader: of the chunks.
        start_ms: that position.
        is_binary: chunks come as a binary frame after their header, not in base64 within it.
        may_go_on: raises a HubError when the listener may not hear the track any more.
        take_token: False when a command comes too soon.
        pace: how he is served.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        player: Player,
        reader: ChunkReader,
        *,
        start_ms: int,
        is_binary: bool,
        may_go_on: Callable[[], Awaitable[None]],
        take_token: Callable[[], bool],
        pace: Pace = PACE,
    ) -> None:
        self._pace = pace
        self._socket = socket
        self._player = player
        self._reader = reader
        self._is_binary = is_binary
        self._may_go_on = may_go_on
        self._take_token = take_token
        self._head = Playhead(start_ms, _now_ms())
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._sent_until_ms = 0
        self._underruns = 0

    async def serve(self, refused: Refused | None = None) -> None:
        """Says `ready`, and what was wrong with the address; answers until the end."""
        timeline = self._player.timeline
        await self._say(
            "ready",
            duration=timeline.duration_ms / 1_000,
            bitrates=[rung.bitrate_bps // 1_000 for rung in self._player.rungs],
            chunk_duration=timeline.chunk_ms / 1_000,
            codec=self._player.rung.codecs,
        )
        if refused is not None:
            await self._say("error", code=refused.code, message=refused.message)
        async with asyncio.TaskGroup() as tasks:
            feeding = tasks.create_task(self._guard(self._feed), name="stream-feed")
            checking = tasks.create_task(self._guard(self._check), name="stream-check")
            try:
                await self._listen()
            finally:
                feeding.cancel()
                checking.cancel()

    async def end(self, code: StreamCode, message: str) -> None:
        """Says why and closes."""
        await self._say("error", code=code, message=message)
        await self.close(CLOSE_CODES.get(code, 1011))

    async def close(self, code: int) -> None:
        """Closes; who does not read even that is cut."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self._socket.close(code=code)

    # -- what he says ---------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._socket.receive(timeout=self._pace.heartbeat_s)
            except TimeoutError:
                await self.close(1001)
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                await self._answer(message.data)
            except Refused as refused:
                await self._say("error", code=refused.code, message=refused.message)

    async def _answer(self, text: Any) -> None:
        if not self._take_token():
            raise Refused("RATE_LIMITED", "That was too quick. Wait a moment.")
        if not isinstance(text, str):
            raise Refused("BAD_COMMAND", "Commands are text.")
        command = read_command(text)
        now_ms = _now_ms()
        position_ms = command.position_ms
        match command.type:
            case "play":
                if position_ms is None:
                    position_ms = self._head.position_at(now_ms)
                    if self._head.is_running:
                        return
                self._go_to(position_ms)
                self._head = self._head.started(position_ms, now_ms)
            case "pause":
                self._head = self._head.paused(now_ms)
            case "seek":
                assert position_ms is not None  # read_command has seen to it
                self._go_to(position_ms)
                self._head = self._head.moved(position_ms, now_ms)
            case "sync":
                assert position_ms is not None
                await self._sync(position_ms, now_ms)
            case "error":
                self._note(command)
            case _:
                pass  # a heartbeat: that something came is all there is to it
        self._changed.set()

    def _go_to(self, position_ms: int) -> None:
        try:
            self._player.seek(position_ms)
        except Invalid:
            raise bad_position() from None
        self._sent_until_ms = position_ms

    async def _sync(self, position_ms: int, now_ms: int) -> None:
        """Takes his word for where he is; what is sent next follows from it."""
        if position_ms > self._player.timeline.duration_ms:
            raise bad_position()
        self._head = self._head.moved(position_ms, now_ms)
        await self._say("sync_ack", position=position_ms / 1_000)

    def _note(self, command: StreamCommand) -> None:
        log.info("stream.client_error", extra={"client_message": command.message[:200]})

    # -- what he gets ---------------------------------------------------------------------------

    async def _feed(self) -> None:
        player = self._player
        while True:
            index = player.next_index
            if not self._head.is_running or index >= player.timeline.count:
                await self._wait(None)
                continue
            start_ms = player.timeline.start_ms(index)
            wait_ms = self._head.wait_ms(start_ms, _now_ms(), self._pace.ahead_ms)
            if wait_ms > 0:
                await self._wait(wait_ms / 1_000)
                continue
            player.ask(index, 1)
            wanted = player.take_next()
            assert wanted is not None
            chunk = await self._reader.read(player, wanted)
            if wanted.turn == player.turn:
                await self._send(chunk, wanted.turn)

    async def _send(self, chunk: Chunk, turn: int) -> None:
        started_s = time.perf_counter()
        for number, data in enumerate(chunk.parts()):
            if turn != self._player.turn:
                return
            await self._send_part(chunk, number, data)
        elapsed_s = time.perf_counter() - started_s
        self._adapt(chunk, self._pace.line_bps(len(chunk.data), elapsed_s))

    async def _send_part(self, chunk: Chunk, number: int, data: bytes) -> None:
        header: dict[str, Any] = {
            "position": chunk.start_ms / 1_000,
            "duration": chunk.duration_ms / 1_000,
            "bitrate": chunk.rung.bitrate_bps // 1_000,
            "index": chunk.index,
        }
        if number == 0 and chunk.init_bytes:
            header["init"] = chunk.init_bytes
        if chunk.part_count > 1:
            header |= {"part": number, "parts": chunk.part_count}
        if chunk.is_last:
            header["last"] = True
        if self._is_binary:
            await self._say("chunk", data, size=len(data), **header)
        else:
            await self._say("chunk", data=base64.b64encode(data).decode(), **header)

    def _adapt(self, chunk: Chunk, throughput_bps: int) -> None:
        """Chooses the next rung by how quickly the socket took this chunk."""
        now_ms = _now_ms()
        position_ms = self._head.position_at(now_ms)
        if position_ms > self._sent_until_ms and self._head.is_running:
            # He ran dry, and has waited for this chunk since.
            self._underruns += self._sent_until_ms > 0
            self._head = self._head.moved(max(chunk.start_ms, self._sent_until_ms), now_ms)
            position_ms = self._head.position_ms
        self._sent_until_ms = chunk.start_ms + chunk.duration_ms
        buffer_ms = max(0, self._sent_until_ms - position_ms)
        self._player.report(Report(throughput_bps, buffer_ms, self._underruns))

    async def _check(self) -> None:
        """Asks every minute whether he may still hear it."""
        while True:
            await asyncio.sleep(self._pace.check_every_s)
            with contextlib.suppress(Unavailable):
                await self._may_go_on()

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs one of the two; what it raises ends the socket, and the socket alone."""
        try:
            await work()
        except HubError as error:
            await self.end(code_of(error), error.message)
        except ConnectionError:
            pass  # he has gone; whoever listens will hear so
        except Exception:  # one listener's trouble
            log.exception("stream.failed")
            await self.end("STREAM_ERROR", "Something went wrong on our side.")

    async def _wait(self, for_s: float | None) -> None:
        """Until something was said, or the time is up."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                await self._changed.wait()

    async def _say(self, kind: str, binary: bytes | None = None, /, **fields: Any) -> None:
        text = frame(kind, **fields).decode()
        # Nothing may come between a header and its binary frame.
        async with self._sending:
            if self._socket.closed:
                return
            with contextlib.suppress(ConnectionError):
                await self._socket.send_str(text)
                if binary is not None:
                    await self._socket.send_bytes(binary)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
