"""One member of a room: says something now and then, hears everything, comes back when cut."""

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from veza_client import Closed, Connection

ANSWER_WITHIN_S = 15.0
NO_WORD_DELAY_S = (0.5, 1.5)
"""How long a stock client waits before it comes back, without a word from the node."""


class Talker:
    """Speaks once a `pause_s`, each time with a new id, and never again what got no answer.

    So an id that is in the log without an ack is an ack that was lost.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        nodes: Sequence[str],
        token: str,
        room_id: str,
        *,
        pause_s: float,
        polling: bool = False,
        content: str = "still here",
    ) -> None:
        self._http = http
        self._nodes = nodes
        self._chance = random.Random(token)  # noqa: S311 -- where and when, no secret
        self._next = self._chance.randrange(len(nodes))
        self._token = token
        self.room_id = room_id
        self._pause_s = pause_s
        self._polling = polling
        self._content = content
        self.since: dict[str, Any] | None = None
        """Where its knowledge of the room ends."""
        self._waiting: set[str] = set()
        self._delay_s: tuple[float, float] | None = None
        self.silent = asyncio.Event()
        """Set it, and nothing more is said."""
        self.first_seq = 0
        self.seqs: list[int] = []
        """Of all durable events of the room, in the order of arrival."""
        self.acked: dict[str, int] = {}
        self.unanswered: set[str] = set()
        self.draining = 0
        """Calls refused with SERVER_DRAINING."""
        self.refused: list[dict[str, Any]] = []
        self.answered_s: list[float] = []
        """How long each ack took."""
        self.gaps_s: list[float] = []
        """From each end of a connection to hearing the room again."""

    @property
    def idle(self) -> bool:
        """Nothing is waited for."""
        return not self._waiting

    async def run(self) -> None:
        """Talks and listens until cancelled."""
        lost_at_s: float | None = None
        while True:
            connection = Connection(self._hear)
            try:
                await connection.open(
                    self._http, self._node(), {"token": self._token}, polling=self._polling
                )
                if await self._come_back(connection) and lost_at_s is not None:
                    self.gaps_s.append(time.monotonic() - lost_at_s)
                    lost_at_s = None
                async with asyncio.TaskGroup() as tasks:
                    speaking = tasks.create_task(self._speak(connection))
                    await connection.closed.wait()
                    speaking.cancel()
            except Closed:
                pass
            finally:
                await connection.close()
            if lost_at_s is None:
                lost_at_s = time.monotonic()
                low_s, high_s = self._delay_s or NO_WORD_DELAY_S
                await asyncio.sleep(self._chance.uniform(low_s, high_s))
            else:
                await asyncio.sleep(0.02)  # that node took nobody; a balancer would ask the next
            self._delay_s = None

    async def _come_back(self, connection: Connection) -> bool:
        """Follows the room again, from where it was left; raises `Closed`."""
        where: dict[str, Any] = {"stream": f"room:{self.room_id}"}
        if self.since is not None:
            where["since"] = self.since
        async with asyncio.timeout(ANSWER_WITHIN_S):
            ack = await connection.call("stream:subscribe", where, self._followed)
        return bool(ack["ok"])

    def _hear(self, name: str, payload: Any) -> None:
        if name == "server:draining":
            after_ms, jitter_ms = payload["reconnect_after_ms"], payload["jitter_ms"]
            self._delay_s = (after_ms / 1000, (after_ms + jitter_ms) / 1000)
        elif "epoch" in payload and payload.get("stream") == f"room:{self.room_id}":
            self.seqs.append(payload["seq"])
            self.since = {"epoch": payload["epoch"], "seq": payload["seq"]}

    def _followed(self, ack: dict[str, Any]) -> None:
        if ack["ok"]:
            self._follow(ack["data"])

    def _follow(self, found: dict[str, Any]) -> None:
        if self.since is None:
            self.first_seq = found["seq"] + 1
        else:
            self.seqs += [event["seq"] for event in found["events"]]
        self.since = {"epoch": found["epoch"], "seq": found["seq"]}

    async def _speak(self, connection: Connection) -> None:
        await asyncio.sleep(self._chance.uniform(0, self._pause_s))
        with suppress(Closed):
            while not self.silent.is_set():
                client_id = str(uuid.uuid4())
                said = {"room_id": self.room_id, "client_id": client_id, "content": self._content}
                began_s = time.monotonic()
                self._note(client_id, await self._ask(connection, client_id, said))
                self.answered_s.append(time.monotonic() - began_s)
                await asyncio.sleep(self._pause_s)

    async def _ask(self, connection: Connection, client_id: str, said: dict[str, Any]) -> Any:
        """The ack; whatever has none when this ends never will have."""
        self._waiting.add(client_id)
        self.unanswered.add(client_id)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                ack = await connection.call("message:create", said)
            self.unanswered.discard(client_id)
            return ack
        finally:
            self._waiting.discard(client_id)

    def _note(self, client_id: str, ack: dict[str, Any]) -> None:
        if ack["ok"]:
            self.acked[client_id] = ack["seq"]
        elif ack["error"]["code"] == "SERVER_DRAINING":
            self.draining += 1
        else:
            self.refused.append(ack["error"])

    def _node(self) -> str:
        self._next = (self._next + 1) % len(self._nodes)
        return self._nodes[self._next]
