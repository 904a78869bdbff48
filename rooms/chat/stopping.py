"""What becomes of words that break a rule of their room: refused and noted, or told of."""

from typing import Any

from msgspec.structs import replace

from rooms.chat.automod import Said, judge
from rooms.chat.commands import Blocked, Muted
from rooms.chat.records import Message
from rooms.chat.state import AutomodRule, ChatState
from rooms.feature import Context, Event, Outcome
from rooms.membership.records import member_record
from rooms.moderation.measures import mute_ends
from rooms.moderation.records import Measure, measure
from rooms.notices import Notice
from rooms.room import at_least


def stopped(state: Any, rule: AutomodRule, content: str, context: Context) -> Outcome:
    """Words that a rule of the room refuses: they are noted, and who said them may be muted.

    Args:
        state: the feature's slice, which stays as it is.
        rule: the rule they break; its action is `block` or `time_out`.
        content: the words; the log of measures keeps the first 500 characters.
        context: of a command with two ids.
    """
    refusal = Blocked("A rule of this room does not let this message pass.")
    noted = measure(
        context,
        "block" if rule.action == "block" else "time_out",
        context.actor.user_id,
        reason=f"rule:{rule.kind}",
        until_ms=context.now_ms + rule.time_out_s * 1000 if rule.action == "time_out" else None,
        details={"rule_id": rule.id, "content": content[:500]},
        by_hub=True,
    )
    notice = alert(rule, context)
    if rule.action == "block" or context.member is None:
        return Outcome(state, rows=(noted, notice), refusal=refusal)
    muted = replace(context.member, muted_until_ms=noted.until_ms)
    record = member_record(noted.room_id, muted)
    return Outcome(
        state,
        events=(Event("moderation:applied", noted.applied()), Event("member:updated", record)),
        members=(muted,),
        later=(mute_ends(muted.user_id, noted.until_ms),),
        rows=(noted, notice),
        refusal=Muted(
            "A rule of this room does not let this message pass, and it has muted you.",
            retry_after_ms=rule.time_out_s * 1000,
        ),
    )


def alerted(rule: AutomodRule, message: Message, context: Context) -> Measure:
    """What is noted of a message that a rule lets pass, and tells the moderators of."""
    return measure(
        context,
        "alert",
        message.sender_id,
        reason=f"rule:{rule.kind}",
        message_id=message.id,
        details={"rule_id": rule.id},
        by_hub=True,
    )


def alert(rule: AutomodRule, context: Context) -> Notice:
    """What tells those who keep order that a rule was broken; of a command with two ids."""
    assert context.room is not None
    return Notice(
        id=context.ids[1],
        kind="alert",
        room_id=context.room.id,
        actor_id=context.actor.user_id,
        text=f"rule:{rule.kind}",
    )


def broken_by_edit(state: ChatState, said: Said, context: Context) -> AutomodRule | None:
    """The rule that a message's new words break; none if their author keeps order here.

    Saying the same again is no matter of an edit.
    """
    rules = tuple(rule for rule in state.rules if rule.kind != "repeat")
    if not rules or context.actor.is_system or at_least(context.member, "moderator"):
        return None
    return judge(replace(state, rules=rules), said)
