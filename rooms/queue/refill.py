"""What goes on when nothing waits: the room's fallback playlist, then tracks like the last one."""

from collections.abc import Mapping

from rooms.feature import Context, Outcome
from rooms.playback.timers import Refill
from rooms.playback.turntable import conclude, edit_of, edited, on_queue, upcoming, wake
from rooms.queue import edits as queue_edits
from rooms.queue.items import MAX_ITEMS, AddedBy, QueueState, TrackCard, item_of


def refill_queue(state: QueueState, command: Refill, context: Context) -> Outcome:
    """Queues one track, and starts it if the music has stopped for want of any.

    `context.rows` is a `Mapping[track_id, TrackCard]` with the hub's choice, or empty. One at a
    time: whoever adds something meanwhile is heard next.
    """
    table = on_queue(state, context)
    same = (command.playlist_id, command.autoplay) == (state.fallback_playlist_id, state.autoplay)
    rows: Mapping[str, TrackCard] = context.rows or {}
    card = next((card for card in rows.values() if card.may_hear and card.ready), None)
    full = len(state.items) >= MAX_ITEMS
    if not same or card is None or upcoming(state) is not None or state.repeat != "off" or full:
        return conclude(table, table, context, "queue", None)
    hub = AddedBy(context.actor.user_id, "Autoplay")
    item = item_of(card, context.ids[0], hub, context.now_ms)
    edit = queue_edits.add(edit_of(table), (item,), len(state.pending))
    after = wake(edited(table, edit), context)
    return conclude(table, after, context, "queue", None)
