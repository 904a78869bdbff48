"""One WebRTC publisher: the answer to his offer, then his sound, decoded.

Stands on aiortc 1.16.
"""

import asyncio
import logging

import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.audio.frame import AudioFrame

from media.live.publisher import PeerGone
from media.live.sound_line import SAMPLE_RATE_HZ, Sound
from media.webrtc.ice import CONNECT_WITHIN_S, wait_to_be_called
from media.webrtc.whip_sdp import Offer, stereo_answer
from rooms.errors import Invalid

log = logging.getLogger(__name__)

OPUS_BPS = 160_000
"""What publishers are asked to send: transparent for stereo music (Opus, RFC 7587)."""

BAD_OFFER = (
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    InvalidAccessError,
    InvalidStateError,
)


class Peer:
    """One publisher. Made by `open_peer`, ended by `close`."""

    def __init__(
        self,
        connection: RTCPeerConnection,
        track: MediaStreamTrack,
        answer: str,
        connect_within_s: float,
    ) -> None:
        self._connect_within_s = connect_within_s
        self._connection = connection
        self._track = track
        self._settled = asyncio.Event()
        self.answer = answer
        """SDP to send back."""
        connection.on("connectionstatechange", self._on_state)
        self._on_state()

    async def connected(self) -> None:
        """Waits until sound can come. Raises `PeerGone` after 10 s, or when it cannot."""
        try:
            async with asyncio.timeout(self._connect_within_s):
                await self._settled.wait()
        except TimeoutError:
            raise PeerGone from None
        if self._connection.connectionState != "connected":
            raise PeerGone

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

    def _on_state(self) -> None:
        if self._connection.connectionState in ("connected", "failed", "closed"):
            self._settled.set()
        if self._connection.connectionState in ("failed", "closed"):
            self._track.stop()


async def open_peer(offer: Offer, connect_within_s: float = CONNECT_WITHIN_S) -> Peer:
    """Answers an offer; nothing has been sent to anybody by then.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        track = await _negotiate(connection, offer)
    except BAD_OFFER as error:
        await connection.close()
        log.info("whip.offer_refused", extra={"error": type(error).__name__})
        raise Invalid("This session description cannot be answered.", "BAD_SDP") from error
    except BaseException:
        await connection.close()
        raise
    answer = stereo_answer(connection.localDescription.sdp, OPUS_BPS)
    return Peer(connection, track, answer, connect_within_s)


async def _negotiate(connection: RTCPeerConnection, offer: Offer) -> MediaStreamTrack:
    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer.sdp, type="offer"))
    known = RTCRtpReceiver.getCapabilities("audio")
    assert known is not None
    opus = [codec for codec in known.codecs if codec.mimeType.lower() == "audio/opus"]
    tracks: list[MediaStreamTrack] = []
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "audio":
            transceiver.direction = "recvonly"
            transceiver.setCodecPreferences(opus)
            tracks.append(transceiver.receiver.track)
        else:
            transceiver.direction = "inactive"
        wait_to_be_called(transceiver.receiver.transport.transport)
    await connection.setLocalDescription(await connection.createAnswer())
    return tracks[0]
