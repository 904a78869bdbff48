"""Listening by WebRTC: heard at once, by whoever may, for as long as he may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from storage.accounts.sessions import Sessions
from storage.live.live import StreamKeys
from tests.client import connected
from tests.eventually import eventually
from tests.hub.live.conftest import Studio, live_in
from tests.listener import loudest_hz
from tests.media.publishers import publishing
from tests.media.webrtc.test_whip_sdp import OFFER
from tests.nodes import People
from tests.people import fresh_id

DEADLINE_S = 30.0
SDP = "application/sdp"


class Ears:
    """A listener's peer, and what it has heard."""

    def __init__(self, peer: RTCPeerConnection, location: str, answer: str) -> None:
        self.peer = peer
        self.location = location
        self.answer = answer
        self.heard: list[NDArray[np.float32]] = []
        self.is_over = False

    async def listen(self, track: Any) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                samples = frame.to_ndarray().reshape(-1, 2)[:, 0]
                self.heard.append(samples.astype(np.float32))
        except MediaStreamError:
            self.is_over = True

    async def hears(self, frequency_hz: float) -> None:
        """Waits until the last half second is that tone."""

        def is_heard() -> bool:
            last = np.concatenate([np.zeros(1, np.float32), *self.heard[-25:]])
            is_loud = len(last) > 20_000 and last.std() > 1_000
            return bool(is_loud and abs(loudest_hz(last) - frequency_hz) < 5)

        await eventually(is_heard, DEADLINE_S, each_s=0.05)

    async def closed(self) -> None:
        """Waits until the hub has let go of him."""
        await eventually(lambda: self.peer.connectionState == "closed" or self.is_over, DEADLINE_S)


async def offer_to_hear(peer: RTCPeerConnection) -> str:
    peer.addTransceiver("audio", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    return str(peer.localDescription.sdp)


@asynccontextmanager
async def listening(studio: Studio, live_id: str, token: str | None = None) -> AsyncIterator[Ears]:
    """A listener by WHEP, while the block lasts."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks: set[asyncio.Task[None]] = set()
    headers = {"Content-Type": SDP}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        offer = await offer_to_hear(peer)
        url = f"{studio.url}/whep/{live_id}"
        async with studio.http.post(url, data=offer, headers=headers) as response:
            assert response.status == 201, await response.text()
            ears = Ears(peer, response.headers["Location"], await response.text())

        @peer.on("track")
        def on_track(track: Any) -> None:
            tasks.add(asyncio.create_task(ears.listen(track)))

        await peer.setRemoteDescription(RTCSessionDescription(sdp=ears.answer, type="answer"))
        yield ears
    finally:
        await peer.close()
        await asyncio.gather(*tasks)


async def test_who_listens_hears_each_publisher_until_the_end(
    studio: Studio, people: People
) -> None:
    actor, token = await people.sign_in("ada")
    key = await StreamKeys(studio.running.node.backends.pool).regenerate(actor.user_id)
    async with connected(studio.running.url, token) as ada:
        room_id, live_id = await live_in(ada, "public")
        watching = await ada.ok("live:watch", {"live_id": live_id})
        assert watching["whep_url"] == f"/whep/{live_id}"
        async with publishing(studio.http, studio.url, live_id, key, 440.0):
            await ada.wait_for("live:started")
            async with (
                listening(studio, live_id) as stranger,
                listening(studio, live_id, token) as member,
            ):
                assert "stereo=1;sprop-stereo=1" in stranger.answer
                assert "a=sendonly" in stranger.answer
                await stranger.hears(440.0)
                await member.hears(440.0)
                async with publishing(studio.http, studio.url, live_id, key, 880.0):
                    await stranger.hears(880.0)
                    on_live = {"room_id": room_id, "op_id": fresh_id(), "live_id": live_id}
                    await ada.ok("live:end", on_live)
                    await stranger.closed()
                    await member.closed()
    status, _ = await studio.ask("DELETE", stranger.location)
    assert status == 404


async def test_a_session_ends_as_the_draft_says(studio: Studio, people: People) -> None:
    actor, token = await people.sign_in("ada")
    key = await StreamKeys(studio.running.node.backends.pool).regenerate(actor.user_id)
    fragment = "a=ice-ufrag:{}\r\na=candidate:1 1 udp 1 10.0.0.7 50000 typ host\r\n"
    kind = "application/trickle-ice-sdpfrag"
    async with connected(studio.running.url, token) as ada:
        _, live_id = await live_in(ada, "public")
        async with publishing(studio.http, studio.url, live_id, key):
            await ada.wait_for("live:started")
            async with listening(studio, live_id) as ears:
                await ears.hears(440.0)
                offer = str(ears.peer.localDescription.sdp)
                ufrag = offer.split("a=ice-ufrag:")[1].split("\r\n")[0]
                path = ears.location
                same, other = fragment.format(ufrag), fragment.format("Fresh")
                assert (await studio.ask("PATCH", path, same, Content_Type=kind))[0] == 204
                assert (await studio.ask("PATCH", path, other, Content_Type=kind))[0] == 422
                assert (await studio.ask("PATCH", path, same, Content_Type="text/plain"))[0] == 415
                assert (await studio.ask("DELETE", path))[0] == 200
                assert (await studio.ask("DELETE", path))[0] == 404
                await ears.closed()
            assert (await studio.ask("OPTIONS", f"/whep/{live_id}"))[0] == 204


async def test_who_may_not_hear_is_refused(studio: Studio, people: People) -> None:
    actor, token = await people.sign_in("ada")
    _, eve = await people.sign_in("eve")
    key = await StreamKeys(studio.running.node.backends.pool).regenerate(actor.user_id)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    offer = await offer_to_hear(peer)
    await peer.close()
    async with connected(studio.running.url, token) as ada:
        _, live_id = await live_in(ada, "private")
        path = f"/whep/{live_id}"
        own = {"Content_Type": SDP, "Authorization": f"Bearer {token}"}
        status, text = await studio.ask("POST", path, offer, **own)
        assert (status, "NOT_ON_AIR" in text) == (409, True)
        async with publishing(studio.http, studio.url, live_id, key):
            await ada.wait_for("live:started")
            assert (await studio.ask("POST", path, offer, Content_Type=SDP))[0] == 404
            other = own | {"Authorization": f"Bearer {eve}"}
            assert (await studio.ask("POST", path, offer, **other))[0] == 404
            false = own | {"Authorization": "Bearer nonsense"}
            assert (await studio.ask("POST", path, offer, **false))[0] == 401
            assert (await studio.ask("POST", "/whep/nonsense", offer, **own))[0] == 404
            assert (await studio.ask("POST", path, OFFER, **own))[0] == 400, "it wants to send"
            assert (await studio.ask("POST", path, "hello", **own))[0] == 400
            assert (await studio.ask("POST", path, "v=0\r\n" * 20_000, **own))[0] == 413
            statuses = [(await studio.ask("POST", path, offer, **own))[0] for _ in range(9)]
            assert statuses == [201] * 8 + [429]


async def test_who_is_put_out_of_the_room_hears_no_more(studio: Studio, people: People) -> None:
    actor, token = await people.sign_in("ada")
    guest, eve = await people.sign_in("eve")
    pool = studio.running.node.backends.pool
    key = await StreamKeys(pool).regenerate(actor.user_id)
    async with connected(studio.running.url, token) as ada:
        room_id, live_id = await live_in(ada, "public")
        async with publishing(studio.http, studio.url, live_id, key):
            await ada.wait_for("live:started")
            async with listening(studio, live_id, eve) as ears:
                await ears.hears(440.0)
                await pool.execute(
                    "INSERT INTO room_members (room_id, user_id, role, state)"
                    " VALUES ($1, $2, 'member', 'banned')",
                    room_id,
                    guest.user_id,
                )
                await ears.closed()
            async with listening(studio, live_id, token) as ears:
                await ears.hears(440.0)
                [session] = await Sessions(pool).alive(actor.user_id)
                await Sessions(pool).revoke(str(session.id), "signed out")
                await ears.closed()
