"""Every feature of a room. Adding one is a module beside this one and its name here."""

from rooms.chat import CHAT
from rooms.feature import Feature
from rooms.live import LIVE
from rooms.membership import MEMBERSHIP
from rooms.playback import PLAYBACK
from rooms.queue import QUEUE

FEATURES: tuple[Feature, ...] = (MEMBERSHIP, CHAT, PLAYBACK, QUEUE, LIVE)
