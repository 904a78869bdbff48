"""The bus between nodes: Redis pub/sub, one channel per stream."""

from storage.bus.bus import Bus, open_bus
from storage.bus.hints import Durable, Ephemeral, Hint

__all__ = ["Bus", "Durable", "Ephemeral", "Hint", "open_bus"]
