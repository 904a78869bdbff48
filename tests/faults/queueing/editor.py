"""One who edits a queue and keeps his own view of it, from the events alone."""

import asyncio
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tests.rooms.fold import Fold
from veza_client import Follower

FOLDED = ("item", "queue", "suggestion", "skip", "playback", "host")
EDITS = ("add",) * 7 + ("move",) * 6 + ("vote",) * 4 + ("remove",) * 4 + ("undo",) * 2
OWNERS_EDITS = (*EDITS, "clear")
MOST_ADDED = 3
RESENT_SHARE = 0.05
"""Of what is answered, so much is asked once more on purpose."""
PLACES = ("next", "last", "last")


class Editor(Follower):
    """Follows one room and edits its queue at random."""

    def __init__(
        self,
        number: int,
        token: str,
        room_id: str,
        urls: Sequence[str],
        tracks: Sequence[str],
        seed: int,
    ) -> None:
        super().__init__(number, token, room_id, urls)
        self._tracks = tracks
        self._random = random.Random(f"{seed}:editor {number}")  # noqa: S311
        self.fold: Fold | None = None
        self.misfolded: list[str] = []
        """What its view did not agree with: a hash, a hole in `queue_rev`, an item it has not."""
        self.misanswered: list[str] = []
        """What was acked, asked again on purpose, and answered otherwise."""
        self.snapshots = 0
        self.added: set[str] = set()
        """Ids of the items that its acks say were added."""
        self.asked: set[str] = set()
        """Every op_id that it has sent."""
        self.answers: dict[str, int] = {}
        """How often each answer came: `ok`, or an error's code."""
        self.took_s: list[float] = []
        """From first asking to the final answer."""

    def start_over(self, snapshot: Mapping[str, Any]) -> None:
        """Takes queue and playback of a snapshot."""
        self.snapshots += 1
        playback = {**snapshot["playback"]}
        self.fold = Fold({"queue": snapshot["queue"], "playback": playback})

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        """Takes what changes the queue."""
        if self.fold is None or name.partition(":")[0] not in FOLDED:
            return
        try:
            self.fold.hear(name, event["data"])
        except (AssertionError, KeyError, StopIteration, ValueError) as error:
            self.misfolded.append(f"{name} at {event['seq']}: {error!r}")

    async def edit(self, count: int, pause_s: float) -> None:
        """Makes so many edits, each until it is answered, with a pause before each on average."""
        edits = OWNERS_EDITS if self.number == 0 else EDITS
        for _ in range(count):
            if pause_s:
                # pace: of edits
                await asyncio.sleep(self._random.expovariate(1 / pause_s))
            command, payload = self._choose(self._random.choice(edits))
            op_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            self.asked.add(op_id)
            began_s = time.monotonic()
            asked = {"room_id": self.room_id, "op_id": op_id, **payload}
            ack = await self.ask(command, asked)
            self.took_s.append(time.monotonic() - began_s)
            if self._random.random() < RESENT_SHARE:
                again = await self.ask(command, asked)
                if ack["ok"] and again.get("data") != ack["data"]:
                    self.misanswered.append(f"{command} {op_id}: {again}")
            answer = "ok" if ack["ok"] else ack["error"]["code"]
            self.answers[answer] = self.answers.get(answer, 0) + 1
            if ack["ok"] and command == "item:add":
                self.added |= {item["id"] for item in ack["data"]["items"]}

    def _choose(self, edit: str) -> tuple[str, dict[str, Any]]:
        assert self.fold is not None
        chance = self._random
        items = [i["id"] for i in self.fold.queue["items"] if i["state"] == "pending"]
        if edit == "undo" or (edit == "clear" and items):
            return f"queue:{edit}", {}
        if edit == "add" or len(items) < 2:
            tracks = [chance.choice(self._tracks) for _ in range(chance.randint(1, MOST_ADDED))]
            return "item:add", {"track_ids": tracks, "place": chance.choice(PLACES)}
        one, other = chance.sample(items, 2)
        if edit == "move":
            return "item:move", {"item_id": one, chance.choice(("before_id", "after_id")): other}
        if edit == "vote":
            return "item:vote", {"item_id": one, "value": chance.choice((-1, 0, 1))}
        return "item:remove", {"item_id": one}
