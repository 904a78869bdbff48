"""Reactions: one person's emoji on one message, each at most once."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from rooms.chat.records import Moment, Reaction
from rooms.chat.text import clean_emoji
from rooms.errors import Conflict, Gone, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.ids import Uuid

MAX_KINDS = 20
"""Different emoji on one message."""


class React(Struct, frozen=True, kw_only=True):
    """An emoji on a message, or off it."""

    message_id: Uuid
    emoji: Annotated[str, Meta(min_length=1, max_length=50)]
    op_id: Uuid
    room_id: Uuid | None = None
    moment: Moment | None = None
    """Where in the music; a replay of the session shows it there."""


class ReactionRows(Struct, frozen=True):
    """What the loader reads of the message."""

    room_id: str | None = None
    """None: there is no such message."""
    is_deleted: bool = False
    kinds: frozenset[str] = frozenset()
    """Emoji that stand on it."""
    mine: frozenset[str] = frozenset()
    """Those of the actor."""


class Reacted(Struct, frozen=True):
    """Row: a reaction to be added, or taken off."""

    reaction: Reaction
    added: bool


def add_reaction(state: Any, command: React, context: Context) -> Outcome:
    """Puts an emoji on a message; once more changes nothing.

    Raises:
        NotFound, Gone: no such message in a room of the caller; it was deleted.
        Conflict: the message has 20 kinds of emoji already.
        Invalid: this is no emoji.
    """
    rows, reaction = _reaction(command, context)
    if rows.is_deleted:
        raise Gone("This message has been deleted.")
    if reaction.emoji in rows.mine:
        return Outcome(state, data=reaction)
    if reaction.emoji not in rows.kinds and len(rows.kinds) >= MAX_KINDS:
        raise Conflict(f"A message takes at most {MAX_KINDS} kinds of reactions.")
    return Outcome(
        state,
        events=(Event("reaction:added", reaction),),
        data=reaction,
        rows=(Reacted(reaction, added=True),),
    )


def remove_reaction(state: Any, command: React, context: Context) -> Outcome:
    """Takes one's own emoji off; once more changes nothing.

    Raises:
        NotFound: no such message in a room of the caller.
        Invalid: this is no emoji.
    """
    rows, reaction = _reaction(command, context)
    if reaction.emoji not in rows.mine:
        return Outcome(state, data=reaction)
    return Outcome(
        state,
        events=(Event("reaction:removed", reaction),),
        data=reaction,
        rows=(Reacted(reaction, added=False),),
    )


def _reaction(command: React, context: Context) -> tuple[ReactionRows, Reaction]:
    rows: ReactionRows = context.rows or ReactionRows()
    if rows.room_id is None:
        raise NotFound("There is no such message.")
    reaction = Reaction(
        message_id=command.message_id.lower(),
        room_id=rows.room_id,
        user_id=context.actor.user_id,
        emoji=clean_emoji(command.emoji),
        moment=command.moment,
    )
    return rows, reaction


REACTIONS = Feature(
    name="reactions",
    looks_around=False,
    commands={
        "reaction:add": Command(React, add_reaction, limit=Limit(20, 10), errors=(Gone,)),
        "reaction:remove": Command(React, remove_reaction, limit=Limit(20, 10)),
    },
    events={"reaction:added": Reaction, "reaction:removed": Reaction},
)
