"""Every feature of a room. Adding one is a module beside this one and its name here."""

from rooms.chat import CHAT
from rooms.feature import Command, Feature
from rooms.membership import MEMBERSHIP
from rooms.playback import PLAYBACK
from rooms.queue import QUEUE

FEATURES: tuple[Feature, ...] = (MEMBERSHIP, CHAT, PLAYBACK, QUEUE)


def find_command(features: tuple[Feature, ...], name: str) -> tuple[Feature, Command] | None:
    """The feature and command behind a wire name, or None when no feature knows it."""
    for feature in features:
        if (command := feature.commands.get(name)) is not None:
            return feature, command
    return None
