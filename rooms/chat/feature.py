"""Chat: what may be said in a room. Messages live in the log and in their own table."""

from msgspec.structs import replace

from rooms.chat.automod import Said, judge, remembering
from rooms.chat.commands import (
    MAX_MENTIONS,
    Blocked,
    ChatRows,
    CreateMessage,
    Muted,
    Named,
    SlowMode,
)
from rooms.chat.records import Attachment, Message, Sender
from rooms.chat.settings import (
    BlockDm,
    ChatUpdated,
    SetNotify,
    UpdateChat,
    block_dm,
    set_notify,
    update_chat,
)
from rooms.chat.state import MAX_SPOKE, AutomodRule, ChatState
from rooms.chat.stopping import alerted, stopped
from rooms.chat.text import clean_content, names_in, names_room
from rooms.errors import Forbidden, Invalid
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.notices import Notice
from rooms.room import Member, at_least
from rooms.times import iso


def create_message(state: ChatState, command: CreateMessage, context: Context) -> Outcome:
    """Adds a message to the room's log.

    Raises:
        Forbidden: `MUTED` while the member is muted; system messages are the hub's alone.
        SlowMode: the room is slow, and the member spoke a moment ago.
        Blocked: a direct message to who has blocked the sender, or a rule of the room.
        Invalid: empty, over-long or unprintable content; a reply to a message of another room.
    """
    _refuse_muted(context.member, context.now_ms)
    actor, system = context.actor, context.actor.is_system
    if command.type == "system" and not system:
        raise Forbidden("Only the hub writes system messages.")
    if state.blocked_by:
        raise Blocked("You cannot write to each other: one of you has blocked the other.")
    content = clean_content(command.content, may_be_empty=bool(command.attachment_ids))
    rows: ChatRows = context.rows or ChatRows()
    answered, thread_id = _answered(command, rows)
    mentions = _mentions(command, content, rows, actor.user_id)
    calls_room = names_room(content) and _may_call(context)
    is_exempt = system or at_least(context.member, "moderator")
    said = Said(actor.user_id, content, len(mentions) + calls_room)
    alert: AutomodRule | None = None
    if state.rules and not is_exempt:
        alert = judge(state, said)
        if alert is not None and alert.action != "alert":
            return stopped(state, alert, command.content, context)
    message = Message(
        id=context.ids[0],
        room_id=command.room_id.lower(),
        seq=context.next_seq,
        client_id=command.client_id,
        sender_id=actor.user_id,
        sender=Sender(actor.user_id, actor.username, actor.display_name, actor.is_guest),
        type=command.type,
        content=content,
        reply_to_id=command.reply_to_id,
        thread_id=thread_id,
        mentions=mentions,
        mentions_room=calls_room,
        attachment_ids=command.attachment_ids,
        attachments=_attachments(command, rows),
        refs=command.refs,
        moment=command.moment,
        created_at=iso(context.now_ms),
    )
    measures = () if alert is None else (alerted(alert, message, context),)
    notice = _notice(state, message, answered, context, alerts=alert is not None)
    return Outcome(
        state if is_exempt else _after(state, said, context),
        events=(Event("message:created", message),),
        data=message,
        rows=(message, *measures, *notice),
    )


def _answered(command: CreateMessage, rows: ChatRows) -> tuple[Named | None, str | None]:
    """The message it replies to, and the first of its thread: threads have one level."""
    found: dict[str, Named] = {}
    for name, message_id in (
        ("reply_to_id", command.reply_to_id),
        ("thread_id", command.thread_id),
    ):
        if message_id is None:
            continue
        known = rows.messages.get(message_id.lower())
        if known is None:
            raise Invalid.field(name, "NOT_FOUND", "There is no such message in this room.")
        found[name] = known
    root = found.get("thread_id")
    thread_id = None if root is None else root.thread_id or root.id
    return found.get("reply_to_id") or root, thread_id


def _mentions(
    command: CreateMessage, content: str, rows: ChatRows, sender_id: str
) -> tuple[str, ...]:
    """Members it names, by id or as @name; strangers and the sender himself are left out."""
    wanted = [user_id.lower() for user_id in command.mentions]
    if "@" in content:
        wanted += sorted(names_in(content))
    if not wanted:
        return ()
    found = (rows.members.get(key) for key in wanted)
    known = dict.fromkeys(user_id for user_id in found if user_id and user_id != sender_id)
    return tuple(known)[:MAX_MENTIONS]


def _may_call(context: Context) -> bool:
    """Everybody in a small circle; in public, who keeps order there."""
    return (
        context.room is None
        or context.room.type != "public"
        or at_least(context.member, "moderator")
    )


def _attachments(command: CreateMessage, rows: ChatRows) -> tuple[Attachment, ...]:
    for index, attachment_id in enumerate(command.attachment_ids):
        if attachment_id.lower() not in rows.attachments:
            raise Invalid.field(
                f"attachment_ids[{index}]",
                "NOT_FOUND",
                "There is no such upload of yours to this room, or a message has it already.",
            )
    ids = dict.fromkeys(each.lower() for each in command.attachment_ids)
    return tuple(rows.attachments[each] for each in ids)


def _after(state: ChatState, said: Said, context: Context) -> ChatState:
    """The slice after somebody spoke; itself in rooms without slow mode and `repeat` rules.

    Raises:
        SlowMode: he spoke less than `slow_mode_s` ago.
    """
    if state.slow_mode_s:
        pause_ms = state.slow_mode_s * 1000
        wait_ms = state.spoke_at_ms.get(said.user_id, 0) + pause_ms - context.now_ms
        if wait_ms > 0:
            raise SlowMode(
                f"Slow mode is on. You can write again in {wait_ms // 1000 + 1} s.",
                retry_after_ms=wait_ms,
            )
        spoke = {u: at for u, at in state.spoke_at_ms.items() if at + pause_ms > context.now_ms}
        if len(spoke) < MAX_SPOKE:
            spoke[said.user_id] = context.now_ms
        state = replace(state, spoke_at_ms=spoke)
    if any(rule.kind == "repeat" for rule in state.rules):
        state = replace(state, said=remembering(state, said))
    return state


def _notice(
    state: ChatState,
    message: Message,
    answered: Named | None,
    context: Context,
    *,
    alerts: bool,
) -> tuple[Notice, ...]:
    """Who is to be told of a message beyond those who look at the room: most often nobody."""
    is_dm = context.room is not None and context.room.type == "dm"
    replied_to = (
        answered.sender_id if answered and answered.sender_id != message.sender_id else None
    )
    if not (
        message.mentions or message.mentions_room or replied_to or is_dm or state.told_all or alerts
    ):
        return ()
    return (
        Notice(
            id=context.ids[1],
            kind="message",
            room_id=message.room_id,
            actor_id=message.sender_id,
            message_id=message.id,
            seq=message.seq,
            text=message.content[:200],
            mentions=message.mentions,
            mentions_room=message.mentions_room,
            replied_to=replied_to,
            is_dm=is_dm,
            told_all=state.told_all,
            alerts=alerts,
        ),
    )


def _refuse_muted(member: Member | None, now_ms: int) -> None:
    if member is not None and member.muted_until_ms is not None and member.muted_until_ms > now_ms:
        wait_ms = member.muted_until_ms - now_ms
        raise Muted(
            f"You are muted in this room for another {wait_ms // 1000 + 1} s.",
            retry_after_ms=wait_ms,
        )


CHAT = Feature(
    name="chat",
    looks_around=False,
    state=ChatState,
    commands={
        "message:create": Command(
            CreateMessage,
            create_message,
            limit=Limit(5, 5),
            ids=2,
            errors=(Muted, SlowMode, Blocked),
        ),
        "chat:update": Command(UpdateChat, update_chat, role="moderator", limit=Limit(10, 10)),
        "chat:notify": Command(SetNotify, set_notify, limit=Limit(10, 10)),
        "chat:block": Command(BlockDm, block_dm, role=None, internal=True),
    },
    events={"message:created": Message, "chat:updated": ChatUpdated},
)
