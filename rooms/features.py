"""Every feature of a room. Adding one is a module beside this one and its name here."""

from rooms.chat.edits import EDITS
from rooms.chat.feature import CHAT
from rooms.chat.reactions import REACTIONS
from rooms.feature import Feature
from rooms.live.feature import LIVE
from rooms.membership.feature import MEMBERSHIP
from rooms.moderation.feature import MODERATION
from rooms.playback.feature import PLAYBACK
from rooms.queue.feature import QUEUE

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
