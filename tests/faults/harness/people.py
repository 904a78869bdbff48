"""Virtual clients: each talks in rooms, follows them, comes back after every loss, and notes it.

They behave as the protocol asks: one id a message until it is acked, `since` on coming back, and
what has a seq they know already is dropped.
"""

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import aiohttp
from msgspec import Struct

from tests.faults.harness.history import History
from veza_client import Closed, Connection

CONNECT_TIMEOUT_S = 3.0
ACK_TIMEOUT_S = 4.0
"""P6: a send fails within 2.5 s. Whoever waits longer has lost his connection."""
RETRY_S = (0.1, 0.4)
AWAY_S = 12.0
"""For those who do not come back at once: past grace and lease."""
RESENT_SHARE = 0.05
"""Of what is acked, so much is sent once more on purpose."""


class Following(Struct):
    """What a client knows of one room."""

    epoch: str = ""
    seq: int = 0
    is_known: bool = False


class Pace(Struct, frozen=True):
    """How busy a person is."""

    think_s: float = 0.25
    slots: int = 1
    """So many messages are under way at once."""
    goes_away: bool = False
    """True: does not come back at once after a loss."""
    watches: bool = True
    """Follows who is there."""


class Person:
    """One virtual client. Run `live` and `talk` as tasks, the latter once a slot."""

    def __init__(
        self,
        number: int,
        *,
        history: History,
        token: str,
        rooms: Sequence[str],
        urls: Sequence[str],
        people: dict[str, int],
        pace: Pace,
        seed: str,
    ) -> None:
        self.number = number
        self._history = history
        self._token = token
        self._rooms = rooms
        self._urls = urls
        self._people = people
        self.pace = pace
        self._random = random.Random(f"{seed}:person {number}")  # noqa: S311
        self.following = {room: Following() for room in rooms}
        self._seen: dict[str, set[int]] = {room: set() for room in rooms}
        self._wire: Connection | None = None
        self._is_up = asyncio.Event()
        self._is_quiet = asyncio.Event()
        self._link = 0
        self._refetch: set[str] = set()
        for room in rooms:
            history.note("member", who=number, room=room)
        self.acked = 0
        self.is_stopping = False

    def stop_talking(self) -> None:
        """The message that is under way is the last."""
        self._is_quiet.set()

    async def live(self) -> None:
        """Connects and comes back until `is_stopping`."""
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as client:
            while not self.is_stopping:
                node = self._random.randrange(len(self._urls))
                self._link += 1
                self._wire = wire = Connection(self._hear)
                why = ""
                try:
                    async with asyncio.timeout(CONNECT_TIMEOUT_S):
                        await wire.open(client, self._urls[node], {"token": self._token})
                        for room in self._rooms:
                            await self._subscribe(wire, room)
                    self._note("up", node=node)
                    self._is_up.set()
                    await self._stay(wire)
                    why = "draining" if wire.is_draining else "lost"
                except (Closed, TimeoutError) as error:
                    why = type(error).__name__
                finally:
                    if self._is_up.is_set():
                        self._note("down", node=node, why=why)
                    self._is_up.clear()
                    await wire.close()
                if self.pace.goes_away and why == "lost" and not self._is_quiet.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._is_quiet.wait(), AWAY_S)
                else:
                    await asyncio.sleep(self._random.uniform(*RETRY_S))  # pace: of trying again

    async def talk(self) -> None:
        """Says one thing after the other, each until it is acked."""
        while not self._is_quiet.is_set():
            with suppress(TimeoutError):
                pause_s = self._random.expovariate(1 / self.pace.think_s)
                await asyncio.wait_for(self._is_quiet.wait(), pause_s)
            room, op = self._random.choice(self._rooms), str(uuid.uuid4())
            if self._is_quiet.is_set() or not await self.say(room, op):
                return
            if self._random.random() < RESENT_SHARE:
                await self.say(room, op)

    async def say(self, room: str, op: str) -> bool:
        """Sends one message until it is acked; False when the trial ended first."""
        while not self.is_stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_up.wait(), 0.2)
            wire = self._wire
            if wire is None or not self._is_up.is_set():
                continue
            link = self._link
            self._note("send", room=room, op=op)
            payload = {"room_id": room, "client_id": op, "content": f"m {self.number}"}
            try:
                async with asyncio.timeout(ACK_TIMEOUT_S):
                    ack = await wire.call("message:create", payload)
            except TimeoutError:
                self._history.note("info", who=self.number, link=link, op=op, why="timeout")
                await wire.close()
                continue
            except Closed:
                why = "drained" if wire.is_draining else "closed"
                self._history.note("info", who=self.number, link=link, op=op, why=why)
                await asyncio.sleep(0)
                continue
            if ack["ok"]:
                self.acked += 1
                self._note("ok", room=room, op=op, seq=ack["seq"])
                return True
            self._note("fail", room=room, op=op, why=ack["error"]["code"])
            if not ack["error"]["retryable"]:
                return True
            await asyncio.sleep(self._random.uniform(*RETRY_S))  # pace: of trying again
        return False

    def sees(self, there: Mapping[str, set[int]]) -> bool:
        """True when all of these are shown as there, in every room."""
        return not self.pace.watches or all(
            there[room] <= seen for room, seen in self._seen.items()
        )

    def knows(self, heads: dict[str, int]) -> bool:
        """True when everything up to these heads has been shown."""
        return self._is_up.is_set() and all(
            known.seq >= heads.get(room, 0) for room, known in self.following.items()
        )

    def _note(self, f: str, **fields: Any) -> None:
        self._history.note(f, who=self.number, link=self._link, **fields)

    async def _stay(self, wire: Connection) -> None:
        """Returns when the connection has ended; asks again for what it was told is missing."""
        while not wire.closed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(wire.closed.wait(), 0.25)
            while self._refetch and not wire.closed.is_set():
                room = self._refetch.pop()
                async with asyncio.timeout(ACK_TIMEOUT_S):
                    await self._subscribe(wire, room)

    async def _subscribe(self, wire: Connection, room: str) -> None:
        known = self.following[room]
        while True:
            call: dict[str, Any] = {"stream": f"room:{room}"}
            if known.is_known:
                call["since"] = {"epoch": known.epoch, "seq": known.seq}
            ack = await wire.call("stream:subscribe", call, partial(self._catch_up, room))
            if not ack["ok"]:
                raise Closed(ack["error"]["code"])
            if not ack["data"]["more"]:
                break
        if self.pace.watches:
            audience = {"audience": f"room:{room}"}
            view = await wire.call("presence:subscribe", audience, partial(self._look, room))
            if not view["ok"]:
                raise Closed(view["error"]["code"])

    def _catch_up(self, room: str, ack: dict[str, Any]) -> None:
        if not ack["ok"]:
            return
        known, answer = self.following[room], ack["data"]
        why = "recovered" if answer["recovered"] else "snapshot" if known.is_known else "first"
        for event in answer["events"]:
            self._show(room, event["seq"], _op(event), "caught up")
        if not answer["recovered"]:
            known.seq = answer["seq"]
        known.epoch, known.is_known = answer["epoch"], True
        self._note("caught_up", room=room, seq=answer["seq"], why=why)

    def _look(self, room: str, ack: dict[str, Any]) -> None:
        if ack["ok"]:
            self._seen[room] = {self._people.get(user, -1) for user in ack["data"]["users"]}
            self._note_seen(room)

    def _hear(self, event: str, payload: dict[str, Any]) -> None:
        room = str(payload.get("stream", "")).partition(":")[2]
        if room not in self.following:
            return
        if "epoch" in payload:
            self._note("heard", room=room, seq=payload["seq"], op=_op(payload))
            known = self.following[room]
            if known.is_known and payload["seq"] > known.seq + 1:
                self._refetch.add(room)
            elif known.is_known:
                self._show(room, payload["seq"], _op(payload), "live")
        elif event == "presence:diff" and self.pace.watches:
            change = payload["data"]
            self._seen[room] |= {self._people.get(user, -1) for user in change["upserts"]}
            self._seen[room] -= {self._people.get(user, -1) for user in change["leaves"]}
            self._note_seen(room)

    def _show(self, room: str, seq: int, op: str, why: str) -> None:
        known = self.following[room]
        if seq <= known.seq:
            return
        known.seq = seq
        self._note("shown", room=room, seq=seq, op=op, why=why)

    def _note_seen(self, room: str) -> None:
        self._note("sees", room=room, seen=tuple(sorted(self._seen[room])))


def _op(event: dict[str, Any]) -> str:
    return str(event.get("op_id") or "")
