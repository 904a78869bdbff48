"""The hub's records in the words of the older chat. Pure."""

from collections.abc import Mapping
from typing import Any

from hub.plain_socket.frames import frame

Fields = Mapping[str, Any]


def message_of(record: Fields) -> dict[str, Any]:
    """A message as the older form has it: `type` names the frame, so the kind of message moves."""
    fields = {name: value for name, value in record.items() if name != "type"}
    return fields | {"message_type": record["type"], "status": record.get("status", "sent")}


def presence_of(user_id: str, view: Fields | None) -> bytes:
    """How somebody is; None: he is not there, or hides."""
    if view is None:
        return frame("presence", user_id=user_id, status="offline", status_message=None, track=None)
    activity = view.get("activity") or {}
    track = None
    if activity.get("track_id") or activity.get("track_title"):
        track = {"id": activity.get("track_id"), "title": activity.get("track_title")}
    return frame(
        "presence",
        user_id=user_id,
        status=view["status"],
        status_message=view.get("status_message"),
        track=track,
    )
