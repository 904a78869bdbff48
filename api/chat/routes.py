"""The rows of api/routes.py that are about chat, conversations and notifications."""

from api.chat import attachments, chat, conversations, notifications, tokens
from api.limits import (
    ATTACHMENT_UPLOAD,
    CHAT_READ,
    CHAT_SEARCH,
    CHAT_SEND,
    CHAT_TOKEN,
    CHAT_WRITE,
    NOTIFICATIONS,
    REPORTS,
)
from api.routing import Route
from api.schemas.auth import ChatToken
from api.schemas.chat import (
    ChatStats,
    Cursor,
    DirectMessages,
    Emoji,
    EmojiQuery,
    HistoryMeta,
    HistoryQuery,
    Joined,
    MemberQuery,
    MemberRole,
    MessageSearchQuery,
    NewInvite,
    NewMember,
    NewMessage,
    NewReport,
    NewRoom,
    ReportNoted,
    RoomChanges,
    RoomQuery,
)
from api.schemas.notifications import (
    NotificationMeta,
    NotificationQuery,
    PreferenceChanges,
    Preferences,
    PushEndpoint,
    PushKey,
    PushSubscription,
    Subscribed,
    UnreadCount,
)
from rooms.chat.records import Attachment, Message, MessageView, Reaction
from rooms.membership.records import InviteRecord, MemberRecord, RoomGone
from storage.notifications.notifications import Notification
from storage.rooms.rooms import RoomDetail, RoomView

CHAT = "/api/v1/chat"
ROOM = "/api/v1/chat/rooms/{id}"
MESSAGE = "/api/v1/chat/rooms/{id}/messages/{message_id}"
CONVERSATIONS = "/api/v1/conversations"
CONVERSATION = "/api/v1/conversations/{id}"
BELL = "/api/v1/notifications"

# fmt: off
CHAT_ROUTES: tuple[Route, ...] = (
    Route("POST", f"{CHAT}/token", tokens.chat_token, "session", CHAT_TOKEN, answer=ChatToken),
    Route("GET", f"{CHAT}/stats", chat.stats, "session", CHAT_READ, answer=ChatStats),
    Route("GET", f"{CHAT}/rooms", chat.list_rooms, "session", CHAT_READ,
          query=RoomQuery, answer=RoomView, is_list=True, meta=Cursor),
    Route("POST", f"{CHAT}/rooms", chat.create_room, "account", CHAT_WRITE,
          body=NewRoom, answer=RoomDetail),
    Route("GET", f"{ROOM}/messages", chat.list_messages, "session", CHAT_READ,
          query=HistoryQuery, answer=MessageView, is_list=True, meta=HistoryMeta),
    Route("POST", f"{ROOM}/messages", chat.send_message, "session", CHAT_SEND,
          body=NewMessage, answer=Message),
    Route("GET", f"{ROOM}/messages/search", chat.search_room, "session", CHAT_SEARCH,
          query=MessageSearchQuery, answer=MessageView, is_list=True, meta=Cursor),
    Route("POST", f"{MESSAGE}/reactions", chat.add_reaction, "session", CHAT_WRITE,
          body=Emoji, answer=Reaction),
    Route("DELETE", f"{MESSAGE}/reactions", chat.remove_reaction, "session", CHAT_WRITE,
          query=EmojiQuery, answer=Reaction),
    Route("POST", f"{ROOM}/attachments", attachments.upload, "session", ATTACHMENT_UPLOAD,
          answer=Attachment, streams=True, file="file"),
    Route("GET", CHAT + "/attachments/{id}", attachments.download, "session",
          media="application/octet-stream"),
    Route("GET", CHAT + "/attachments/{id}/thumbnail", attachments.thumbnail, "session",
          media="image/jpeg"),
    Route("GET", CHAT + "/dm/{user_id}", chat.read_dm, "account", CHAT_READ,
          query=HistoryQuery, answer=DirectMessages),
    Route("POST", CHAT + "/dm/{user_id}", chat.send_dm, "account", CHAT_SEND,
          body=NewMessage, answer=Message),

    Route("GET", CONVERSATIONS, conversations.list_conversations, "account", CHAT_READ,
          query=RoomQuery, answer=RoomView, is_list=True, meta=Cursor),
    Route("POST", CONVERSATIONS, chat.create_room, "account", CHAT_WRITE,
          body=NewRoom, answer=RoomDetail),
    Route("GET", CONVERSATIONS + "/join/{token}", conversations.join, "account", CHAT_WRITE,
          answer=Joined),
    Route("POST", CONVERSATIONS + "/join/{token}", conversations.join, "account", CHAT_WRITE,
          answer=Joined),
    Route("GET", CONVERSATION, conversations.get_conversation, "session", CHAT_READ,
          answer=RoomDetail),
    Route("PUT", CONVERSATION, conversations.update_conversation, "account", CHAT_WRITE,
          body=RoomChanges, answer=RoomDetail),
    Route("DELETE", CONVERSATION, conversations.delete_conversation, "account", CHAT_WRITE,
          answer=RoomGone),
    Route("POST", f"{CONVERSATION}/leave", conversations.leave, "session", CHAT_WRITE,
          answer=MemberRecord),
    Route("GET", f"{CONVERSATION}/members", conversations.list_members, "session", CHAT_READ,
          query=MemberQuery, answer=MemberRecord, is_list=True, meta=Cursor),
    Route("POST", f"{CONVERSATION}/members", conversations.add_member, "account", CHAT_WRITE,
          body=NewMember, answer=MemberRecord),
    Route("DELETE", CONVERSATION + "/members/{user_id}", conversations.remove_member, "account",
          CHAT_WRITE, answer=MemberRecord),
    Route("PATCH", CONVERSATION + "/members/{user_id}", conversations.change_role, "account",
          CHAT_WRITE, body=MemberRole, answer=MemberRecord),
    Route("POST", f"{CONVERSATION}/participants", conversations.add_member, "account", CHAT_WRITE,
          body=NewMember, answer=MemberRecord),
    Route("DELETE", CONVERSATION + "/participants/{user_id}", conversations.remove_member,
          "account", CHAT_WRITE, answer=MemberRecord),
    Route("POST", f"{CONVERSATION}/invitations", conversations.create_invitation, "account",
          CHAT_WRITE, body=NewInvite, answer=InviteRecord),
    Route("GET", f"{CONVERSATION}/history", chat.list_messages, "session", CHAT_READ,
          query=HistoryQuery, answer=MessageView, is_list=True, meta=HistoryMeta),

    Route("GET", BELL, notifications.list_notifications, "session", NOTIFICATIONS,
          query=NotificationQuery, answer=Notification, is_list=True, meta=NotificationMeta),
    Route("GET", f"{BELL}/unread-count", notifications.unread_count, "session", NOTIFICATIONS,
          answer=UnreadCount),
    Route("GET", f"{BELL}/preferences", notifications.get_preferences, "account",
          answer=Preferences),
    Route("PUT", f"{BELL}/preferences", notifications.set_preferences, "account", NOTIFICATIONS,
          body=PreferenceChanges, answer=Preferences),
    Route("GET", f"{BELL}/push/key", notifications.push_key, "public", answer=PushKey),
    Route("POST", f"{BELL}/push/subscribe", notifications.subscribe, "account", NOTIFICATIONS,
          body=PushSubscription, answer=Subscribed),
    Route("DELETE", f"{BELL}/push/subscribe", notifications.unsubscribe, "account", NOTIFICATIONS,
          body=PushEndpoint),
    Route("POST", f"{BELL}/read-all", notifications.mark_all_read, "session", NOTIFICATIONS,
          answer=UnreadCount),
    Route("POST", BELL + "/{id}/read", notifications.mark_read, "session", NOTIFICATIONS,
          answer=UnreadCount),
    Route("DELETE", BELL + "/{id}", notifications.delete_one, "session", NOTIFICATIONS,
          answer=UnreadCount),
    Route("DELETE", BELL, notifications.delete_all, "session", NOTIFICATIONS,
          answer=UnreadCount),

    Route("POST", "/api/v1/users/{id}/block", chat.block_user, "account", CHAT_WRITE),
    Route("DELETE", "/api/v1/users/{id}/block", chat.unblock_user, "account", CHAT_WRITE),
    Route("POST", "/api/v1/reports", chat.report, "session", REPORTS,
          body=NewReport, answer=ReportNoted),
)
# fmt: on
