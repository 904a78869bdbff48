"""One WebRTC publisher: the answer to his offer, then his sound, decoded.

Stands on aiortc 1.16.
"""

import numpy as np
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.audio.frame import AudioFrame

from media.live.publisher import PeerGone
from media.live.sound_line import SAMPLE_RATE_HZ, Sound
from media.webrtc.answering import Connecting, answer_offer
from media.webrtc.ice import CONNECT_WITHIN_S
from media.webrtc.whip_sdp import Offer, stereo_answer

OPUS_BPS = 160_000
"""What publishers are asked to send: transparent for stereo music (Opus, RFC 7587)."""


class Peer:
    """One publisher. Made by `open_peer`, ended by `close`."""

    def __init__(
        self, connection: RTCPeerConnection, track: MediaStreamTrack, connect_within_s: float
    ) -> None:
        self._connection = connection
        self._track = track
        self._connecting = Connecting(connection, connect_within_s, over=track.stop)
        self.answer = stereo_answer(connection.localDescription.sdp, OPUS_BPS)
        """SDP to send back."""

    async def connected(self) -> None:
        """Waits until sound can come. Raises `PeerGone` after 10 s, or when it cannot."""
        await self._connecting.done()

    async def receive(self) -> tuple[int, Sound]:
        """The next piece: its RTP time in samples, and the sound. Raises `PeerGone` at the end."""
        try:
            frame = await self._track.recv()
        except MediaStreamError:
            raise PeerGone from None
        assert isinstance(frame, AudioFrame)
        assert frame.sample_rate == SAMPLE_RATE_HZ
        assert frame.pts is not None
        sound = np.asarray(frame.to_ndarray(), np.int16).reshape(-1, 2)
        return frame.pts, sound

    async def close(self) -> None:
        """Lets him go; twice is fine."""
        await self._connection.close()


async def open_peer(offer: Offer, connect_within_s: float = CONNECT_WITHIN_S) -> Peer:
    """Answers an offer; nothing has been sent to anybody by then.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """
    tracks: list[MediaStreamTrack] = []

    def hear(transceiver: RTCRtpTransceiver) -> None:
        tracks.append(transceiver.receiver.track)

    known = RTCRtpReceiver.getCapabilities("audio")
    connection = await answer_offer(offer, "recvonly", known, hear)
    return Peer(connection, tracks[0], connect_within_s)
