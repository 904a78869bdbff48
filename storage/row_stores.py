"""Every feature that keeps rows beside its slice, by the feature's name."""

from storage.commit import RowStore
from storage.live.live import LIVE_ROWS
from storage.messages.edits import CHAT_EDIT_ROWS
from storage.messages.reactions import REACTION_ROWS
from storage.messages.rows import CHAT_ROWS
from storage.moderation.rows import MODERATION_ROWS
from storage.queue.rows import QUEUE_ROWS
from storage.rooms.membership import MEMBERSHIP_ROWS
from storage.rooms.playback import PLAYBACK_ROWS

ROW_STORES: dict[str, RowStore] = {
    "membership": MEMBERSHIP_ROWS,
    "chat": CHAT_ROWS,
    "chat_edits": CHAT_EDIT_ROWS,
    "reactions": REACTION_ROWS,
    "moderation": MODERATION_ROWS,
    "live": LIVE_ROWS,
    "playback": PLAYBACK_ROWS,
    "queue": QUEUE_ROWS,
}
