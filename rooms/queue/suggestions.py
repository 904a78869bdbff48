"""Suggestions: what guests and members would like to hear, for those who may add to decide."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from rooms.errors import Conflict
from rooms.feature import Context, Outcome
from rooms.ids import Uuid
from rooms.playback.controls import is_dj, require_open, room_of
from rooms.playback.turntable import conclude, edit_of, edited, on_queue, require_edit, wake
from rooms.queue import edits as queue_edits
from rooms.queue.events import SuggestionCreated, SuggestionResolved
from rooms.queue.items import (
    AddedBy,
    QueueItem,
    QueueState,
    Suggestion,
    TrackCard,
    item_of,
    show_item,
)
from rooms.queue.limits import check_repeats, check_room, check_share, find_cards
from rooms.queue.telling import Edit, say
from rooms.times import iso

MAX_SUGGESTIONS = 100
"""Open ones of a room."""
MAX_OF_ONE = 10
"""Open ones of one user in a room."""


class SuggestItem(Struct, frozen=True, kw_only=True):
    """Ask for a track, also where one may not add any; the policy and the lock do not apply."""

    room_id: Uuid
    op_id: Uuid
    track_id: Uuid
    note: Annotated[str, Meta(max_length=200)] | None = None


class ApproveSuggestion(Struct, frozen=True, kw_only=True):
    """Queue a suggested track, in the name of who suggested it."""

    room_id: Uuid
    suggestion_id: Uuid
    op_id: Uuid | None = None
    place: Literal["next", "last"] = "last"


class RejectSuggestion(Struct, frozen=True, kw_only=True):
    """Turn a suggestion down, or take one's own back."""

    room_id: Uuid
    suggestion_id: Uuid
    op_id: Uuid | None = None


class Suggested(Struct, frozen=True, kw_only=True):
    """Answer to `item:suggest`."""

    suggestion: Suggestion
    queue_rev: int


class Resolved(Struct, frozen=True, kw_only=True):
    """Answer to `suggestion:approve` and `suggestion:reject`."""

    suggestion_id: str
    applied: bool
    """False: somebody else has answered it already. No error."""
    item: QueueItem | None
    queue_rev: int


def suggest_item(state: QueueState, command: SuggestItem, context: Context) -> Outcome:
    """Keeps a suggestion. The same track, if open already, is answered with that suggestion.

    Raises:
        NotFound, Conflict: see `rooms.queue.limits.find_cards` and `check_repeats`.
        Conflict: `QUOTA_EXCEEDED`, too many are open.
        SessionOver: the session has ended.
    """
    table = on_queue(state, context)
    require_open(table.playback, context)
    rows: Mapping[str, TrackCard] = context.rows or {}
    (card,) = find_cards((command.track_id,), rows)
    known = next((s for s in state.suggestions if s.track_id == card.id), None)
    if known is not None:
        data = Suggested(suggestion=known, queue_rev=state.rev)
        return conclude(table, table, context, "queue", data)
    mine = sum(s.suggested_by.user_id == context.actor.user_id for s in state.suggestions)
    if mine >= MAX_OF_ONE or len(state.suggestions) >= MAX_SUGGESTIONS:
        raise Conflict("Too many suggestions wait for an answer already.", "QUOTA_EXCEEDED")
    check_repeats(state, [card.id], context.now_ms)
    suggestion = Suggestion(
        id=context.ids[0],
        track_id=card.id,
        title=card.title,
        artist=card.artist,
        duration_ms=card.duration_ms,
        note=command.note,
        suggested_by=AddedBy(context.actor.user_id, context.actor.display_name),
        suggested_at=iso(context.now_ms),
    )
    queue = replace(state, rev=state.rev + 1, suggestions=(*state.suggestions, suggestion))
    told = SuggestionCreated(suggestion=suggestion, queue_rev=queue.rev)
    after = edited(table, say(edit_of(table), queue, "suggestion:created", told))
    data = Suggested(suggestion=suggestion, queue_rev=after.queue.rev)
    return conclude(table, after, context, "queue", data)


def approve_suggestion(state: QueueState, command: ApproveSuggestion, context: Context) -> Outcome:
    """Queues what was suggested, and starts it if the music had stopped for want of any.

    `context.rows` holds the track as the approver may hear it.

    Raises:
        Forbidden: the actor may not add to this queue.
        NotFound, Conflict: the track is gone meanwhile, or the queue or the share is full.
    """
    table = on_queue(state, context)
    control = room_of(context).policy.controls.queue_add
    require_edit(control, table, context, "answer suggestions")
    wanted = _find(state, command.suggestion_id)
    if wanted is None:
        data = _resolved(command.suggestion_id, state, None)
        return conclude(table, table, context, "queue", data)
    rows: Mapping[str, TrackCard] = context.rows or {}
    (card,) = find_cards((wanted.track_id,), rows)
    check_room(state, 1)
    if not is_dj(table.playback, context):
        check_share(state, wanted.suggested_by.user_id, 1)
    item = item_of(card, context.ids[0], wanted.suggested_by, context.now_ms)
    edit = _closed(edit_of(table), wanted, "approved", item.id)
    index = 0 if command.place == "next" else len(state.pending)
    after = wake(edited(table, queue_edits.add(edit, (item,), index)), context)
    queued = after.queue.find(item.id)
    shown = None if queued is None else show_item(queued)
    return conclude(table, after, context, "queue", _resolved(wanted.id, after.queue, shown))


def reject_suggestion(state: QueueState, command: RejectSuggestion, context: Context) -> Outcome:
    """Turns a suggestion down; who made it may always take it back.

    Raises:
        Forbidden: it is another's, and the actor may not add to this queue.
    """
    table = on_queue(state, context)
    wanted = _find(state, command.suggestion_id)
    if wanted is None:  # answered already, perhaps by himself
        data = _resolved(command.suggestion_id, state, None)
        return conclude(table, table, context, "queue", data)
    mine = wanted.suggested_by.user_id == context.actor.user_id
    if not mine:
        control = room_of(context).policy.controls.queue_add
        require_edit(control, table, context, "answer suggestions")
    outcome: Literal["withdrawn", "rejected"] = "withdrawn" if mine else "rejected"
    after = edited(table, _closed(edit_of(table), wanted, outcome, None))
    data = _resolved(command.suggestion_id, after.queue, None, applied=True)
    return conclude(table, after, context, "queue", data)


def _find(state: QueueState, suggestion_id: str) -> Suggestion | None:
    wanted = suggestion_id.lower()
    return next((s for s in state.suggestions if s.id == wanted), None)


def _closed(
    edit: Edit,
    suggestion: Suggestion,
    outcome: Literal["approved", "rejected", "withdrawn"],
    item_id: str | None,
) -> Edit:
    queue = edit.queue
    left = tuple(other for other in queue.suggestions if other.id != suggestion.id)
    queue = replace(queue, rev=queue.rev + 1, suggestions=left)
    told = SuggestionResolved(
        suggestion_id=suggestion.id, outcome=outcome, item_id=item_id, queue_rev=queue.rev
    )
    return say(edit, queue, "suggestion:resolved", told)


def _resolved(
    suggestion_id: str, queue: QueueState, item: QueueItem | None, applied: bool | None = None
) -> Resolved:
    return Resolved(
        suggestion_id=suggestion_id,
        applied=item is not None if applied is None else applied,
        item=item,
        queue_rev=queue.rev,
    )
