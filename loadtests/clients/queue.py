"""Many people who edit one queue at the same time: add, move, vote, remove.

What each heard is folded afterwards as a client folds it (tests/rooms/fold.py, which also checks
the hub's hash of the queue), and compared with the hub's own view: everybody has to end with the
same queue, every acked item has to be there once, and nothing twice.
"""

import asyncio
import random
import sys
import time
from typing import Any

import aiohttp
import uuid_utils
import uvloop

from loadtests.clients.figures import Measured, lines, options
from tests.rooms.fold import Fold
from veza_client import Connection

MANY = 120
"""Above this the queue is long enough: who would add, removes."""
ANSWER_WITHIN_S = 30
FOLDED = ("item:", "queue:", "playback:", "host:", "skip:", "suggestion:")


class Editor:
    """One member of the room."""

    def __init__(self, room_id: str, tracks: list[str], measured: Measured, seed: int) -> None:
        self._room_id = room_id
        self._tracks = tracks
        self._measured = measured
        self._random = random.Random(seed)  # noqa: S311 -- a load, no secret
        self.heard: list[tuple[str, Any]] = []
        self.known: dict[str, None] = {}
        """Items that he has heard of and that are not gone, in no order."""
        self.added: set[str] = set()
        self.connection = Connection(self._hear)
        self.snapshot: Any
        self.seq = 0

    async def connect(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Comes in and follows the room."""
        await self.connection.open(http, url, {"token": token})
        ack = await self.connection.call("stream:subscribe", {"stream": f"room:{self._room_id}"})
        assert ack["ok"], ack
        self.snapshot, self.seq = ack["data"]["snapshot"], ack["data"]["seq"]
        self.known = {item["id"]: None for item in self.snapshot["queue"]["items"]}

    async def edit(self, until: float) -> None:
        """One edit after the other until the time is over."""
        while time.perf_counter() < until:
            event, payload = self._next()
            payload |= {"room_id": self._room_id, "op_id": str(uuid_utils.uuid7())}
            began_s = time.perf_counter()
            async with asyncio.timeout(ANSWER_WITHIN_S):
                ack = await self.connection.call(event, payload)
            if ack["ok"]:
                self._measured.took_ms.append((time.perf_counter() - began_s) * 1_000)
                if event == "item:add":
                    self.added |= {item["id"] for item in ack["data"]["items"]}
            elif ack["error"]["code"] not in ("CONFLICT", "NOT_FOUND"):
                # Somebody was faster: the item plays now, or is gone.
                self._measured.fault("refused", f"{event}: {ack['error']}")

    def _next(self) -> tuple[str, dict[str, Any]]:
        kind = self._random.random()
        items = list(self.known)
        if len(items) < 3 or (kind < 0.3 and len(items) < MANY):
            return "item:add", {"track_ids": [self._random.choice(self._tracks)]}
        one, other = self._random.sample(items, 2)
        if kind < 0.4:
            return "item:remove", {"item_id": one}
        if kind < 0.7:
            return "item:move", {"item_id": one, "before_id": other}
        return "item:vote", {"item_id": one, "value": self._random.choice((-1, 0, 1))}

    def _hear(self, name: str, payload: Any) -> None:
        if name.startswith(FOLDED) and "seq" in payload:
            self.heard.append((name, payload))
            data = payload["data"]
            if name == "item:added":
                self.known |= {item["id"]: None for item in data["items"]}
            elif name == "item:removed":
                self.known.pop(data["item_id"], None)

    def folded(self) -> Any:
        """His queue as he would show it."""
        fold, last = Fold(self.snapshot), self.seq
        for name, payload in self.heard:
            if payload["seq"] <= last:
                self._measured.fault("disordered", f"seq {payload['seq']} after {last}")
            last = payload["seq"]
            try:
                fold.hear(name, payload["data"])
            except (AssertionError, StopIteration, KeyError) as error:
                self._measured.fault("missing", f"{name} at {last}: {error!r}")
        return fold.queue


def ids(queue: Any) -> list[str]:
    """Its items in their order."""
    return [item["id"] for item in sorted(queue["items"], key=lambda item: item["rank"])]


async def check(editors: list[Editor], measured: Measured, room_id: str) -> None:
    """Compares what everybody ends with."""
    ack = await editors[0].connection.call("queue:get", {"room_id": room_id})
    final = ack["data"]
    for _ in range(2_000):
        if all(_rev(editor) >= final["queue_rev"] for editor in editors):
            break
        await asyncio.sleep(0.01)
    wanted = ids(final)
    if len(set(wanted)) != len(wanted):
        measured.fault("doubled", "an item stands twice in the queue")
    for editor in editors:
        if ids(editor.folded()) != wanted:
            measured.fault("disordered", "a member ends with another order")
    names = [name_and_item for editor in editors[:1] for name_and_item in _told(editor)]
    told_added = [item for name, item in names if name == "item:added"]
    if len(told_added) != len(set(told_added)):
        measured.fault("doubled", "an item was added twice")
    for editor in editors:
        for item_id in editor.added - set(told_added):
            measured.fault("missing", f"{item_id} was acked and never told")


def _told(editor: Editor) -> list[tuple[str, str]]:
    return [
        (name, item["id"])
        for name, payload in editor.heard
        if name == "item:added"
        for item in payload["data"]["items"]
    ]


def _rev(editor: Editor) -> int:
    """The last revision that he has heard of."""
    for _, payload in reversed(editor.heard):
        if "queue_rev" in payload["data"]:
            return int(payload["data"]["queue_rev"])
    return int(editor.snapshot["queue"]["queue_rev"])


async def main() -> int:
    """Edits until the time is over, then compares."""
    told = options(__doc__)
    measured = Measured()
    (room_id,) = lines(told.rooms)
    tracks = lines(told.tracks)
    url = f"http://127.0.0.1:{told.port}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        editors = [Editor(room_id, tracks, measured, seed) for seed in range(told.members)]
        for editor, token in zip(editors, lines(told.tokens), strict=True):
            await editor.connect(http, url, token)
        with measured.measuring(told.pids):
            until = time.perf_counter() + told.seconds
            await asyncio.gather(
                *(editor.edit(until) for editor in editors for _ in range(told.in_flight))
            )
        await check(editors, measured, room_id)
        for editor in editors:
            await editor.connection.close()
    for fault in measured.first_faults:
        print(fault, file=sys.stderr)
    print(measured.shown())
    return 0


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
