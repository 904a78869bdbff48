"""What may be added: tracks that exist for the actor, within the queue's limits."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rooms.errors import Conflict, FieldError, NotFound
from rooms.queue.items import MAX_ITEMS, Item, QueueState, TrackCard


def find_cards(track_ids: Sequence[str], rows: Mapping[str, TrackCard]) -> tuple[TrackCard, ...]:
    """The cards of the wanted tracks, in order.

    Raises:
        NotFound: naming every `track_ids[i]` that does not exist or that the actor may not hear:
            the two look alike, so that nobody can probe for private tracks.
        Conflict: naming those that cannot be played, ever.
    """
    cards = [rows.get(track_id.lower()) for track_id in track_ids]
    missing = [i for i, card in enumerate(cards) if card is None or not card.may_hear]
    if missing:
        message = "There is no such track."
        raise NotFound(message, fields=_fields(missing, "NOT_FOUND", message))
    found = tuple(card for card in cards if card is not None)
    if failed := [i for i, card in enumerate(found) if card.failed]:
        message = f"“{found[failed[0]].title}” could not be processed and cannot be played."
        raise Conflict(message, "NOT_READY", fields=_fields(failed, "TRACK_FAILED", message))
    return found


def check_room(queue: QueueState, count: int) -> None:
    """Refuses what does not fit.

    Raises:
        Conflict: `QUOTA_EXCEEDED`.
    """
    most = min(queue.limits.max_items or MAX_ITEMS, MAX_ITEMS)
    if len(queue.items) + count > most:
        raise Conflict(f"The queue is full: it holds {most} items.", "QUOTA_EXCEEDED")


def check_share(queue: QueueState, user_id: str, count: int) -> None:
    """Refuses more pending items of one user than the room allows.

    Raises:
        Conflict: `QUOTA_EXCEEDED`.
    """
    most = queue.limits.pending_per_user
    mine = sum(item.added_by.user_id == user_id for item in queue.pending)
    if most is not None and mine + count > most:
        raise Conflict(
            f"You have {mine} of at most {most} items waiting. Let some of them play first.",
            "QUOTA_EXCEEDED",
        )


def check_repeats(queue: QueueState, track_ids: Sequence[str], now_ms: int) -> None:
    """Refuses tracks that wait already or were played a short while ago.

    Raises:
        Conflict: naming each `track_ids[i]`.
    """
    within_s = queue.limits.no_repeat_s
    if within_s is None:
        return
    known = {item.track_id for item in queue.items}
    for item in queue.history:
        if item.state == "played" and now_ms - (item.ended_at_ms or 0) < within_s * 1000:
            known.add(item.track_id)
    again: list[int] = []
    for index, track_id in enumerate(track_ids):
        if track_id in known:
            again.append(index)
        known.add(track_id)
    if again:
        message = "This track is queued already or was played a short while ago."
        raise Conflict(message, fields=_fields(again, "PLAYED_RECENTLY", message))


def check_runs(queue: QueueState, fresh: Sequence[Item]) -> None:
    """Refuses a row of one user's items longer than the room allows.

    Args:
        queue: as it would be with the `fresh` items in it.
        fresh: only rows that hold one of these count; older ones were allowed.

    Raises:
        Conflict: `QUOTA_EXCEEDED`.
    """
    most = queue.limits.consecutive
    if most is None or queue.order != "manual":
        return
    fresh_ids = {item.id for item in fresh}
    for _, run in groupby(queue.items, key=lambda item: item.added_by.user_id):
        ids = [item.id for item in run]
        if len(ids) > most and not fresh_ids.isdisjoint(ids):
            raise Conflict(
                f"At most {most} items of one person may play in a row here.", "QUOTA_EXCEEDED"
            )


def _fields(indexes: Sequence[int], code: str, message: str) -> tuple[FieldError, ...]:
    return tuple(FieldError(f"track_ids[{i}]", code, message) for i in indexes)
