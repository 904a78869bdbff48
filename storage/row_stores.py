"""Every feature that keeps rows beside its slice, by the feature's name."""

from storage.commit import RowStore
from storage.live import LIVE_ROWS
from storage.membership import MEMBERSHIP_ROWS
from storage.message_edits import CHAT_EDIT_ROWS
from storage.messages import CHAT_ROWS
from storage.moderation_rows import MODERATION_ROWS
from storage.playback import PLAYBACK_ROWS
from storage.queue import QUEUE_ROWS
from storage.reactions import REACTION_ROWS

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
