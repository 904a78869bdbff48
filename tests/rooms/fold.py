"""What a client keeps: the snapshot it was given, folded with every event since.

Written from the event's data alone, as a client of another language would; it knows no rule.
"""

import copy
import zlib
from typing import Any

HISTORY = 20
_DONE = ("played", "skipped", "failed")


class Fold:
    """One client's view of queue and playback."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.queue: dict[str, Any] = copy.deepcopy(snapshot["queue"])
        self.playback: dict[str, Any] = copy.deepcopy(snapshot["playback"])

    def hear(self, name: str, data: dict[str, Any]) -> None:
        """Takes one durable event."""
        data = copy.deepcopy(data)
        if name == "playback:changed":
            assert data["rev"] > self.playback["rev"]
            self.playback.update(data)
        elif name == "host:changed":
            self.playback["host_id"] = data["to"]
        elif name != "playback:prepared":
            rev = data.pop("queue_rev")
            told = data.pop("state_hash", None)
            assert rev == self.queue["queue_rev"] + 1, f"{name} leaves a hole"
            self.queue["queue_rev"] = self.playback["queue_rev"] = rev
            getattr(self, "_" + name.replace(":", "_"))(data)
            self.queue["items"].sort(key=lambda item: item["rank"])
            self.queue["state_hash"] = self._hash()
            assert (rev % 20 == 0) == (told is not None)
            assert told in (None, self.queue["state_hash"]), f"{name} was folded wrong"

    def _hash(self) -> str:
        """As docs/protocol.md has it: a CRC-32 over one line an item."""
        text = "".join(
            f"{i['id']} {i['rank']} {i['state']} {i['score']}\n" for i in self.queue["items"]
        )
        return f"{zlib.crc32(text.encode()):08x}"

    def _item_added(self, data: dict[str, Any]) -> None:
        self.queue["items"] += data["items"]

    def _item_moved(self, data: dict[str, Any]) -> None:
        self._item(data["item_id"])["rank"] = data["rank"]

    def _item_removed(self, data: dict[str, Any]) -> None:
        self.queue["items"].remove(self._item(data["item_id"]))

    def _item_updated(self, data: dict[str, Any]) -> None:
        item = self._item(data.pop("item_id"))
        item.update(data)
        if item["state"] in _DONE:
            self.queue["items"].remove(item)
            self._keep(item)

    def _queue_updated(self, data: dict[str, Any]) -> None:
        for item_id, rank in data.pop("ranks").items():
            self._item(item_id)["rank"] = rank
        self.queue.update(data)

    def _queue_cleared(self, _: dict[str, Any]) -> None:
        self.queue["items"] = [i for i in self.queue["items"] if i["state"] == "playing"]

    def _queue_locked(self, _: dict[str, Any]) -> None:
        self.queue["locked"] = True

    def _queue_unlocked(self, _: dict[str, Any]) -> None:
        self.queue["locked"] = False

    def _queue_advanced(self, data: dict[str, Any]) -> None:
        if data["from_item_id"] is not None:
            left = self._item(data["from_item_id"])
            left["state"] = data["from_state"]
            left["played_at"] = data["played_at"]
            if left["state"] in _DONE:
                self.queue["items"].remove(left)
                self._keep(left)
        for kept in ("items", "history"):
            self.queue[kept] = [i for i in self.queue[kept] if i["id"] != data["to_item_id"]]
        if data["item"] is not None:
            self.queue["items"].append(data["item"])
        self.queue["current_item_id"] = data["to_item_id"]
        self.queue["skip"] = None

    def _suggestion_created(self, data: dict[str, Any]) -> None:
        self.queue["suggestions"].append(data["suggestion"])

    def _suggestion_resolved(self, data: dict[str, Any]) -> None:
        left = [s for s in self.queue["suggestions"] if s["id"] != data["suggestion_id"]]
        assert len(left) == len(self.queue["suggestions"]) - 1
        self.queue["suggestions"] = left

    def _skip_tallied(self, data: dict[str, Any]) -> None:
        self.queue["skip"] = data

    def _item(self, item_id: str) -> dict[str, Any]:
        item: dict[str, Any] = next(i for i in self.queue["items"] if i["id"] == item_id)
        return item

    def _keep(self, item: dict[str, Any]) -> None:
        self.queue["history"] = [*self.queue["history"], item]

    def shown(self) -> dict[str, Any]:
        """The view, comparable with a snapshot taken now: the same length of history."""
        return {
            "queue": {**self.queue, "history": self.queue["history"][-HISTORY:]},
            "playback": self.playback,
        }
