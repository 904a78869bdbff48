"""One WebRTC listener: the answer to his offer, and packets of a feed on their way to him.

Stands on aiortc 1.16, whose senders pass on a packet that is encoded already.
"""

import asyncio

from aiortc import RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver

from media.live.opus_feed import BITRATE_BPS, Ear
from media.webrtc.answering import Connecting, answer_offer
from media.webrtc.ice import CONNECT_WITHIN_S
from media.webrtc.whip_sdp import Offer, stereo_answer


class ListenerPeer:
    """One listener. Made by `open_listener`, ended by `close`."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        self._connection = connection
        self.gone = asyncio.Event()
        """Set once he has left."""
        self._connecting = Connecting(connection, CONNECT_WITHIN_S, over=self.gone.set)
        self.answer = stereo_answer(connection.localDescription.sdp, BITRATE_BPS)
        """SDP to send back."""

    async def connected(self) -> None:
        """Waits until he hears. Raises `PeerGone` after 10 s, or when he cannot."""
        await self._connecting.done()

    async def close(self) -> None:
        """Lets him go; twice is fine."""
        await self._connection.close()
        self.gone.set()


async def open_listener(offer: Offer, ear: Ear) -> ListenerPeer:
    """Answers an offer; `ear` is what he is going to hear.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """

    def speak(transceiver: RTCRtpTransceiver) -> None:
        transceiver.sender.replaceTrack(ear)

    known = RTCRtpSender.getCapabilities("audio")
    return ListenerPeer(await answer_offer(offer, "sendonly", known, speak))
