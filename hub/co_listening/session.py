"""A session as one client of the older kind is shown it: the timeline in seconds, and who is there.

It is a mirror of the room's stream: filled by a snapshot, kept by events. Pure.
"""

from collections.abc import Mapping
from typing import Any

from rooms.playback.timeline import Timeline, position_at

Fields = Mapping[str, Any]


class Mirror:
    """What a client knows of its session.

    Args:
        snapshot: of the room.
        user_id: the client's own user, who is always there.
    """

    def __init__(self, snapshot: Fields, user_id: str) -> None:
        self._user_id = user_id
        self._room_id: str = snapshot["room"]["id"]
        self._playback: Fields = snapshot["playback"]
        # Before one was made, the host is who made the room.
        self.host_id: str = snapshot["playback"]["host_id"] or snapshot["room"]["creator_id"]
        # Until something plays, a session is about what it was made for.
        queue: Fields = snapshot.get("queue") or {"items": ()}
        self._first: str | None = next((item["track_id"] for item in queue["items"]), None)
        self._names: dict[str, Fields] = {m["user_id"]: m for m in snapshot["members"]}
        self._present: set[str] = {user_id, *snapshot["presence"]["users"]}

    @property
    def item_id(self) -> str | None:
        """The item that plays, or waits to be played on."""
        item_id: str | None = self._playback["item_id"]
        return item_id

    def change(self, playback: Fields) -> None:
        """Takes `playback:changed`."""
        self._first = None
        self._playback = playback

    def enter(self, member: Fields) -> None:
        """Takes `member:joined`: from now on his name is known."""
        self._names[member["user_id"]] = member

    def move(self, diff: Fields) -> tuple[list[str], list[str]]:
        """Takes `presence:diff`; returns who has come and who has gone."""
        came = sorted(set(diff["upserts"]) - self._present)
        gone = sorted(set(diff["leaves"]) & self._present - {self._user_id})
        self._present.update(came)
        self._present.difference_update(gone)
        return came, gone

    def state(self, now_ms: int) -> dict[str, Any]:
        """Everything, as of now or of the moment at which a change that is under way takes effect.

        While it plays, position(t) = position + (t - server_time); both in s.
        """
        at_ms = max(now_ms, int(self._playback["at_ms"])) if self.is_playing else now_ms
        return {
            "session_id": self._room_id,
            "host_id": self.host_id,
            "track_id": self._playback["track_id"] or self._first,
            "is_playing": self.is_playing,
            "position": self.position_ms(at_ms) / 1_000,
            "rate": self._playback["rate"],
            "server_time": at_ms / 1_000,
            "participants": [self.person(user_id) for user_id in sorted(self._present)],
        }

    def person(self, user_id: str) -> dict[str, Any]:
        """Somebody, with his name if it has been told."""
        known = self._names.get(user_id, {})
        return {
            "user_id": user_id,
            "username": known.get("username"),
            "display_name": known.get("display_name"),
        }

    @property
    def is_playing(self) -> bool:
        """True while the timeline runs, or is about to."""
        return bool(self._playback["status"] == "playing")

    def position_ms(self, t_ms: float) -> float:
        """Where the session is at a time of the hub, in ms of the track."""
        line = Timeline(
            self._playback["position_ms"],
            self._playback["at_ms"],
            running=self.is_playing,
            rate=self._playback["rate"],
        )
        return position_at(line, t_ms)
