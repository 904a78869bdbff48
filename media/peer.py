"""One WebRTC publisher: the answer to his offer, then his sound, decoded.

Stands on aiortc 1.16 and aioice; what is reached inside them is marked, and held by
tests/media/test_ingest.py against the pinned versions.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aioice.ice
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

from media.publisher import PeerGone
from media.sound_line import SAMPLE_RATE_HZ, Sound
from media.whip_sdp import Offer, stereo_answer
from rooms.errors import Invalid

log = logging.getLogger(__name__)

CONNECT_WITHIN_S = 10.0
OPUS_BPS = 160_000
"""What publishers are asked to send: transparent for stereo music (Opus, RFC 7587)."""

_BAD_OFFER = (
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    InvalidAccessError,
    InvalidStateError,
)


_addresses_of_host: Callable[..., list[str]] = aioice.ice.get_host_addresses


def _host_addresses(*args: bool, **kwargs: bool) -> list[str]:
    """Loopback, too, where there is nothing else; aioice leaves it out, and some are offline."""
    return _addresses_of_host(*args, **kwargs) or ["127.0.0.1"]


aioice.ice.get_host_addresses = _host_addresses


class Peer:
    """One publisher. Made by `open_peer`, ended by `close`."""

    def __init__(self, connection: RTCPeerConnection, track: MediaStreamTrack, answer: str) -> None:
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
            async with asyncio.timeout(CONNECT_WITHIN_S):
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


async def open_peer(offer: Offer) -> Peer:
    """Answers an offer; nothing has been sent to anybody by then.

    Raises:
        Invalid: BAD_SDP, aiortc cannot make anything of it.
    """
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        track = await _negotiate(connection, offer)
    except _BAD_OFFER as error:
        await connection.close()
        log.info("whip.offer_refused", extra={"error": type(error).__name__})
        raise Invalid("This session description cannot be answered.", "BAD_SDP") from error
    except BaseException:
        await connection.close()
        raise
    return Peer(connection, track, stereo_answer(connection.localDescription.sdp, OPUS_BPS))


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
        _wait_to_be_called(transceiver.receiver.transport.transport)
    await connection.setLocalDescription(await connection.createAnswer())
    return tracks[0]


def _wait_to_be_called(transport: Any) -> None:
    """Has ICE begin when the publisher has knocked, since it knows no address of his.

    aioice gives up at once on a connection without remote candidates; a check that came before
    `connect` makes one (RFC 8445 §7.3.1.3). Private: RTCIceTransport._connection and, of
    aioice's Connection, request_received and _early_checks.
    """
    ice = transport._connection
    called = asyncio.Event()
    take: Callable[[Any, Any, Any], None] = ice.request_received
    connect: Callable[[], Awaitable[None]] = ice.connect

    def request_received(message: Any, address: Any, protocol: Any) -> None:
        take(message, address, protocol)
        if ice._early_checks:
            called.set()

    async def connect_when_called() -> None:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await called.wait()
        except TimeoutError:
            raise ConnectionError("nobody called") from None
        await connect()

    ice.request_received = request_received
    ice.connect = connect_when_called
