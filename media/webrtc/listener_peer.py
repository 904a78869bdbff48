"""One WebRTC listener: the answer to his offer, and packets of a feed on their way to him.

Stands on aiortc 1.16, whose senders pass on a packet that is encoded already.
"""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from media.live.opus_feed import BITRATE_BPS, Ear
from media.live.publisher import PeerGone
from media.webrtc.ice import CONNECT_WITHIN_S, wait_to_be_called
from media.webrtc.peer import BAD_OFFER
from media.webrtc.whip_sdp import Offer, stereo_answer
from rooms.errors import Invalid


class ListenerPeer:
    """One listener. Made by `open_listener`, ended by `close`."""

    def __init__(self, connection: RTCPeerConnection, answer: str) -> None:
        self._connection = connection
        self._settled = asyncio.Event()
        self.gone = asyncio.Event()
        """Set once he has left."""
        self.answer = answer
        """SDP to send back."""
        connection.on("connectionstatechange", self._on_state)
        self._on_state()

    async def connected(self) -> None:
        """Waits until he hears. Raises `PeerGone` after 10 s, or when he cannot."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self._settled.wait()
        except TimeoutError:
            raise PeerGone from None
        if self._connection.connectionState != "connected":
            raise PeerGone

    async def close(self) -> None:
        """Lets him go; twice is fine."""
        await self._connection.close()
        self.gone.set()

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state in ("connected", "failed", "closed"):
            self._settled.set()
        if state in ("failed", "closed"):
            self.gone.set()


async def open_listener(offer: Offer, ear: Ear) -> ListenerPeer:
    """Answers an offer; `ear` is what he is going to hear.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        await _negotiate(connection, offer, ear)
    except BAD_OFFER as error:
        await connection.close()
        raise Invalid("This session description cannot be answered.", "BAD_SDP") from error
    except BaseException:
        await connection.close()
        raise
    return ListenerPeer(connection, stereo_answer(connection.localDescription.sdp, BITRATE_BPS))


async def _negotiate(connection: RTCPeerConnection, offer: Offer, ear: Ear) -> None:
    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer.sdp, type="offer"))
    known = RTCRtpSender.getCapabilities("audio")
    assert known is not None
    opus = [codec for codec in known.codecs if codec.mimeType.lower() == "audio/opus"]
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "audio":
            transceiver.sender.replaceTrack(ear)
            transceiver.direction = "sendonly"
            transceiver.setCodecPreferences(opus)
        else:
            transceiver.direction = "inactive"
        wait_to_be_called(transceiver.sender.transport.transport)
    await connection.setLocalDescription(await connection.createAnswer())
