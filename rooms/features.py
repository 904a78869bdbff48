"""Every feature of a room. Adding one is a module beside this one and its name here."""

from rooms.chat import CHAT
from rooms.chat_edits import EDITS
from rooms.feature import Feature
from rooms.live import LIVE
from rooms.membership import MEMBERSHIP
from rooms.moderation import MODERATION
from rooms.playback import PLAYBACK
from rooms.queue import QUEUE
from rooms.reactions import REACTIONS

FEATURES: tuple[Feature, ...] = (
    MEMBERSHIP,
    MODERATION,
    CHAT,
    EDITS,
    REACTIONS,
    PLAYBACK,
    QUEUE,
    LIVE,
)
