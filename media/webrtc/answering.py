"""From a checked offer to a peer connection that answers it, and whether sound can pass.

Stands on aiortc 1.16.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCapabilities,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError

from media.live.publisher import PeerGone
from media.webrtc.ice import wait_to_be_called
from media.webrtc.whip_sdp import Offer
from rooms.errors import Invalid

log = logging.getLogger(__name__)

_BAD_OFFER = (
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    InvalidAccessError,
    InvalidStateError,
)


async def answer_offer(
    offer: Offer,
    direction: Literal["recvonly", "sendonly"],
    known: RTCRtpCapabilities | None,
    use: Callable[[RTCRtpTransceiver], None],
) -> RTCPeerConnection:
    """A connection whose local description is the answer; nothing was sent to anybody by then.

    Args:
        offer: checked.
        direction: of sound, as this side has it; whatever else is offered is declined.
        known: what this side can do with sound; of it Opus is taken.
        use: is given what carries the sound before the answer is made.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """
    assert known is not None
    opus = [codec for codec in known.codecs if codec.mimeType.lower() == "audio/opus"]
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer.sdp, type="offer"))
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "audio":
                use(transceiver)
                transceiver.direction = direction
                transceiver.setCodecPreferences(opus)
            else:
                transceiver.direction = "inactive"
            wait_to_be_called(transceiver.receiver.transport.transport)
        await connection.setLocalDescription(await connection.createAnswer())
    except _BAD_OFFER as error:
        await connection.close()
        log.info("webrtc.offer_refused", extra={"error": type(error).__name__})
        raise Invalid("This session description cannot be answered.", "BAD_SDP") from error
    except BaseException:
        await connection.close()
        raise
    return connection


class Connecting:
    """Whether an answered connection comes about.

    Args:
        connection: answered.
        within_s: the deadline, from `done` on.
        over: called when it has failed or was closed; perhaps more than once.
    """

    def __init__(
        self, connection: RTCPeerConnection, within_s: float, over: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._within_s = within_s
        self._over = over
        self._settled = asyncio.Event()
        connection.on("connectionstatechange", self._on_state)
        self._on_state()

    async def done(self) -> None:
        """Waits until sound can pass. Raises `PeerGone` after the deadline, or when it cannot."""
        try:
            async with asyncio.timeout(self._within_s):
                await self._settled.wait()
        except TimeoutError:
            raise PeerGone from None
        if self._connection.connectionState != "connected":
            raise PeerGone

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state in ("connected", "failed", "closed"):
            self._settled.set()
        if state in ("failed", "closed"):
            self._over()
