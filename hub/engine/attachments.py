"""An event that waits for its binary parts."""

import asyncio

from hub.engine.packets import Packet, fill_placeholders


class Attachments:
    """Collects the parts that a binary packet announced.

    Args:
        packet: with placeholders in its data.
        text_bytes: size of its text form, which counts towards the limit.
        max_bytes: of text and parts together.
    """

    __slots__ = ("_left_bytes", "_parts", "packet", "since_s", "too_big")

    def __init__(self, packet: Packet, text_bytes: int, max_bytes: int) -> None:
        self.packet = packet
        self.since_s = asyncio.get_running_loop().time()
        self.too_big = False
        self._left_bytes = max_bytes - text_bytes
        self._parts: list[bytes] = []

    def add(self, part: bytes) -> bool:
        """Takes the next part; True when it was the last and `packet` is whole."""
        self._left_bytes -= len(part)
        if self._left_bytes < 0:
            self.too_big = True
            return False
        self._parts.append(part)
        packet = self.packet
        if len(self._parts) < packet.attachments:
            return False
        packet.kind -= 3  # BINARY_EVENT to EVENT, BINARY_ACK to ACK
        packet.data = fill_placeholders(packet.data, self._parts)
        packet.attachments = 0
        return True
