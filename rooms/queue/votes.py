"""Votes: for the place of an item in the queue, and for the end of the one that plays."""

from math import ceil

from rooms.feature import Context, Outcome
from rooms.playback.controls import require_open, room_of
from rooms.playback.turntable import (
    Turntable,
    conclude,
    edit_of,
    edited,
    on_queue,
    require_edit,
    skip,
)
from rooms.queue import commands as ask
from rooms.queue import edits as queue_edits
from rooms.queue.items import QueueState, SkipTally


def vote_item(state: QueueState, command: ask.VoteItem, context: Context) -> Outcome:
    """Votes for a pending item; in order `votes` it moves accordingly.

    Raises:
        Forbidden: the queue is locked.
    """
    table = on_queue(state, context)
    require_edit("all", table, context, "vote")
    item, after = state.find(command.item_id), table
    if item is not None and item.state == "pending":
        voter = context.actor.user_id
        after = edited(table, queue_edits.vote(edit_of(table), item.id, voter, command.value))
    data = ask.placed(state, after.queue, command.item_id)
    return conclude(table, after, context, "queue", data)


def vote_skip(state: QueueState, command: ask.VoteSkip, context: Context) -> Outcome:
    """Counts a wish for the next item, of those who listen; enough of them skip it.

    Who has voted counts as a listener himself only where nobody is known to listen.

    Raises:
        SessionOver: the session has ended.
    """
    table = on_queue(state, context)
    require_open(table.playback, context)
    current, actor_id = state.current, context.actor.user_id
    if current is None or current.id != command.item_id.lower():
        data = ask.SkipAsked(
            item_id=command.item_id, votes=0, needed=0, skipped=False, queue_rev=state.rev
        )
        return conclude(table, table, context, "queue", data)
    before = state.skip.user_ids if state.skip is not None else ()
    asked = tuple(dict.fromkeys((*before, actor_id)))
    after, tally = _count(table, current.id, asked, context)
    data = ask.SkipAsked(
        item_id=current.id,
        votes=tally.votes,
        needed=tally.needed,
        skipped=tally.votes >= tally.needed,
        queue_rev=after.queue.rev,
    )
    return conclude(table, after, context, "queue", data)


def count_again(table: Turntable, context: Context) -> Turntable:
    """The vote to skip, when fewer listen than at the last vote: they may be enough now.

    Those who are gone neither count nor are counted on. Where nobody is known to listen, nothing
    is said.
    """
    tally, current = table.queue.skip, table.queue.current
    if tally is None or current is None or tally.item_id != current.id or not context.present:
        return table
    after, _ = _count(table, current.id, tally.user_ids, context)
    return after


def _count(
    table: Turntable, item_id: str, asked: tuple[str, ...], context: Context
) -> tuple[Turntable, SkipTally]:
    """The table after the votes of those who asked, and how they stand."""
    here = set(context.present) or {context.actor.user_id}
    votes = sum(user_id in here for user_id in asked)
    rule = room_of(context).policy.skip_votes
    needed = max(rule.min, ceil(rule.ratio * len(here)), 1)
    tally = SkipTally(item_id, asked, votes, needed)
    if tally != table.queue.skip:
        table = edited(table, queue_edits.tally(edit_of(table), tally))
    return (skip(table, context, "vote") if votes >= needed else table), tally
