"""Keeping a queue: it becomes a playlist of whoever saves it."""

from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import Conflict, Forbidden, Invalid
from rooms.feature import Context, Outcome
from rooms.ids import Uuid
from rooms.queue.items import QueueState


class SaveQueue(Struct, frozen=True, kw_only=True):
    """Make a playlist of what plays and waits."""

    room_id: Uuid
    op_id: Uuid | None = None
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    with_history: bool = False
    """Also what was played before, in front."""
    is_public: bool = False


class SavedQueue(Struct, frozen=True, kw_only=True):
    """Answer to `queue:save`, and the playlist to be written."""

    playlist_id: str
    user_id: str
    name: str
    is_public: bool
    track_ids: tuple[str, ...]


class SavedAs(Struct, frozen=True, kw_only=True):
    """Answer to `queue:save`."""

    playlist_id: str
    name: str
    track_count: int


def save_queue(state: QueueState, command: SaveQueue, context: Context) -> Outcome:
    """Saves the queue for the actor alone; the room hears nothing of it.

    Raises:
        Forbidden: guests have no catalog.
        Invalid: a name of blanks alone.
        Conflict: there is nothing to save.
    """
    if context.actor.is_guest:
        raise Forbidden("Guests cannot save playlists. Create an account first.")
    name = command.name.strip()
    if not name:
        raise Invalid.field("name", "REQUIRED", "A playlist has a name.")
    heard = [item for item in state.history if item.state == "played"]
    items = [*(heard if command.with_history else ()), *state.items]
    if not items:
        raise Conflict("The queue is empty; there is nothing to save.")
    saved = SavedQueue(
        playlist_id=context.ids[0],
        user_id=context.actor.user_id,
        name=name,
        is_public=command.is_public,
        track_ids=tuple(item.track_id for item in items),
    )
    data = SavedAs(playlist_id=saved.playlist_id, name=saved.name, track_count=len(items))
    return Outcome(state=state, data=data, rows=(saved,))
