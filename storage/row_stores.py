"""Every feature that keeps rows beside its slice, by the feature's name."""

from storage.commit import RowStore
from storage.live import LIVE_ROWS
from storage.membership import MEMBERSHIP_ROWS
from storage.messages import CHAT_ROWS
from storage.playback import PLAYBACK_ROWS
from storage.queue import QUEUE_ROWS

ROW_STORES: dict[str, RowStore] = {
    "membership": MEMBERSHIP_ROWS,
    "chat": CHAT_ROWS,
    "live": LIVE_ROWS,
    "playback": PLAYBACK_ROWS,
    "queue": QUEUE_ROWS,
}
