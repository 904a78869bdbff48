"""Going live: WHIP as RFC 9725 has it, and what listeners get, decoded."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection
from msgspec import Struct, json
from numpy.typing import NDArray

from api.envelope import answer_errors
from media.live.on_air import SILENT_S, Word, open_on_air
from media.live.publisher import Credential
from media.live.window import LiveWindow, init_key, segment_key, window_key
from media.webrtc.ice import CONNECT_WITHIN_S
from media.webrtc.ingest import open_ingest
from rooms.errors import Unauthenticated
from rooms.feature import Actor
from storage.backends import Pool
from storage.live.live import LiveRow, Lives, StreamKeys
from storage.objects.files import FileObjects
from storage.objects.objects import ObjectMissing, ObjectStore
from tests.eventually import eventually
from tests.media.publishers import Publisher, offer_of, publishing
from tests.media.webrtc.test_whip_sdp import OFFER
from tests.people import fresh_id, new_user

DEADLINE_S = 20.0

_ROOM = "INSERT INTO rooms (id, name, room_type, creator_id) VALUES ($1, 'Kitchen', 'public', $2)"
_LIVE = """
INSERT INTO live_streams (id, user_id, room_id, title, streamer_name, created_at)
VALUES ($1, $2, $3, 'Friday night', 'Ada', now())
"""


class Told:
    """What rooms were told."""

    def __init__(self) -> None:
        self.words: list[tuple[Word, int]] = []
        self._changed = asyncio.Event()

    async def __call__(self, word: Word, live: LiveRow, publication: int) -> None:
        self.words.append((word, publication))
        self._changed.set()

    async def wait_for(self, *words: tuple[Word, int]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.words != list(words):
                self._changed.clear()
                await self._changed.wait()


class Studio(Struct, frozen=True):
    """An ingest that listens, and what belongs to one broadcaster."""

    url: str
    http: aiohttp.ClientSession
    pool: Pool
    objects: ObjectStore
    told: Told
    owner: Actor
    key: str
    live_id: str

    async def call(
        self, method: str, path: str, body: bytes | str = b"", **headers: str
    ) -> tuple[int, str]:
        sent = {"Authorization": f"Bearer {self.key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self.url + path
        async with self.http.request(method, url, data=body, headers=sent) as response:
            return response.status, await response.text()

    async def window(self) -> LiveWindow | None:
        try:
            return json.decode(await self.objects.read(window_key(self.live_id)), type=LiveWindow)
        except ObjectMissing:
            return None

    async def window_where(self, holds: Callable[[LiveWindow], bool]) -> LiveWindow:
        async def found() -> LiveWindow | None:
            window = await self.window()
            return window if window is not None and holds(window) else None

        window = await eventually(found, DEADLINE_S, each_s=0.05)
        assert window is not None
        return window

    async def end(self) -> None:
        await self.pool.execute(
            "UPDATE live_streams SET status = 'ended', ended_at = now() WHERE id = $1", self.live_id
        )

    async def heard(self, window: LiveWindow) -> NDArray[np.float32]:
        """What a listener's decoder makes of a window of one take: the left channel."""
        pieces = [await self.objects.read(init_key(self.live_id, window.segments[0].take))]
        for each in window.segments:
            key = segment_key(self.live_id, each.take, each.index)
            pieces.append(await self.objects.read(key))
        with av.open(io.BytesIO(b"".join(pieces)), "r") as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        return np.concatenate(frames).astype(np.float32)


class Haste(Struct, frozen=True):
    """How soon an ingest gives somebody up."""

    silent_s: float = SILENT_S
    connect_within_s: float = CONNECT_WITHIN_S


@pytest.fixture
def haste() -> Haste:
    """The product's."""
    return Haste()


@pytest.fixture
async def studio(pool: Pool, tmp_path: Path, haste: Haste) -> AsyncIterator[Studio]:
    owner = await new_user(pool, "ada")
    room_id, live_id = fresh_id(), fresh_id()
    await pool.execute(_ROOM, room_id, owner.user_id)
    await pool.execute(_LIVE, live_id, owner.user_id, room_id)
    keys = StreamKeys(pool)
    told = Told()

    async def who(bearer: str) -> Credential:
        user_id = await keys.owner(bearer)
        if user_id is None:
            raise Unauthenticated("No such key.")
        return Credential(user_id, key=bearer)

    async def may_publish(live: LiveRow, credential: Credential) -> bool:
        return credential.user_id == live.user_id

    app = web.Application(middlewares=[answer_errors])
    async with (
        FileObjects.open(tmp_path) as objects,
        open_on_air(Lives(pool), objects, told, may_publish, 5.0, haste.silent_s) as on_air,
        open_ingest(Lives(pool), on_air, who, haste.connect_within_s) as ingest,
        aiohttp.ClientSession() as http,
    ):
        ingest.mount(app)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        key = await keys.regenerate(owner.user_id)
        yield Studio(url, http, pool, objects, told, owner, key, live_id)
        await runner.cleanup()


def publish(studio: Studio, frequency_hz: float = 440.0) -> AbstractAsyncContextManager[Publisher]:
    return publishing(studio.http, studio.url, studio.live_id, studio.key, frequency_hz)


def loudest_hz(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 48_000 / len(sound))


async def test_listeners_hear_what_is_published(studio: Studio) -> None:
    async with publish(studio, 440.0) as publisher:
        assert "stereo=1;sprop-stereo=1" in publisher.answer
        window = await studio.window_where(lambda w: len(w.segments) >= 3)
        await studio.told.wait_for(("connected", 1))
        sound = await studio.heard(window)
    assert sound.std() > 0.1
    assert abs(loudest_hz(sound[24_000:72_000]) - 440.0) < 3.0
    lengths = {each.duration_samples for each in window.segments[1:]}
    assert lengths == {47 * 1_024}


async def test_a_publisher_who_vanishes_leaves_silence_and_may_come_back(studio: Studio) -> None:
    async with publish(studio, 440.0):
        await studio.window_where(lambda w: len(w.segments) >= 2)
    await studio.told.wait_for(("connected", 1), ("lost", 1))
    before = await studio.window()
    assert before is not None
    async with publish(studio, 880.0):
        await studio.told.wait_for(("connected", 1), ("lost", 1), ("connected", 2))
        index = before.segments[-1].index + 3
        window = await studio.window_where(lambda w: w.segments[-1].index >= index + 1)
        sound = await studio.heard(window)
    # One take: players never see a discontinuity.
    assert {each.take for each in window.segments} == {1}
    assert abs(loudest_hz(sound[24_000:48_000]) - 440.0) < 3.0
    assert abs(loudest_hz(sound[-24_000:]) - 880.0) < 3.0


async def test_the_newer_publication_wins(studio: Studio) -> None:
    async with publish(studio, 440.0) as older:
        await studio.told.wait_for(("connected", 1))
        async with publish(studio, 880.0):
            await studio.told.wait_for(("connected", 1), ("connected", 2))
            assert await gone(studio, older)


async def gone(studio: Studio, publisher: Publisher) -> bool:
    """True once the session has ended."""

    async def is_unknown() -> bool:
        status, _ = await studio.call(
            "PATCH",
            publisher.session_url,
            b"a=end-of-candidates\r\n",
            Content_Type="application/trickle-ice-sdpfrag",
            If_Match=publisher.etag,
        )
        return status == 404

    return await eventually(is_unknown, DEADLINE_S, each_s=0.05)


async def test_a_broadcast_that_was_ended_is_listed_to_its_end(studio: Studio) -> None:
    async with publish(studio):
        await studio.told.wait_for(("connected", 1))
        await studio.end()
        window = await studio.window_where(lambda w: w.has_ended)
        sound = await studio.heard(window)
        assert len(sound) > 48_000
    status, text = await studio.call(
        "POST", f"/whip/{studio.live_id}", OFFER, Content_Type="application/sdp"
    )
    assert status == 409, text


async def test_patch_and_delete_are_as_the_rfc_says(studio: Studio) -> None:
    fragment = b"a=ice-ufrag:%s\r\na=candidate:1 1 udp 1 10.0.0.7 50000 typ host\r\n"
    kind = "application/trickle-ice-sdpfrag"
    async with publish(studio) as publisher:
        offer = str(publisher.peer.localDescription.sdp)
        ufrag = offer.split("a=ice-ufrag:")[1].split("\r\n")[0].encode()
        path, etag = publisher.session_url, publisher.etag
        same, other = fragment % ufrag, fragment % b"Fresh"

        async def patch(body: bytes, **headers: str) -> int:
            return (await studio.call("PATCH", path, body, **headers))[0]

        assert await patch(same, Content_Type=kind, If_Match=etag) == 204
        assert await patch(same, Content_Type=kind, If_Match='"stale"') == 412
        assert await patch(same, Content_Type=kind) == 428
        assert await patch(same, Content_Type="text/plain", If_Match=etag) == 415
        assert await patch(other, Content_Type=kind, If_Match="*") == 422
        assert await patch(same * 30, Content_Type=kind, If_Match=etag) == 400
        assert (await studio.call("DELETE", path))[0] == 200
        assert (await studio.call("DELETE", path))[0] == 404
        assert await patch(same, Content_Type=kind, If_Match=etag) == 404


async def test_who_has_no_right_is_refused(studio: Studio) -> None:
    path = f"/whip/{studio.live_id}"
    sdp = {"Content_Type": "application/sdp"}
    stranger = await new_user(studio.pool, "eve")
    key = await StreamKeys(studio.pool).regenerate(stranger.user_id)
    assert (await studio.call("POST", path, OFFER, Authorization="", **sdp))[0] == 401
    assert (await studio.call("POST", path, OFFER, Authorization="Bearer live_no", **sdp))[0] == 401
    assert (await studio.call("POST", path, OFFER, Authorization=f"Bearer {key}", **sdp))[0] == 404
    assert (await studio.call("POST", "/whip/nonsense", OFFER, **sdp))[0] == 404
    assert (await studio.call("POST", path, OFFER, Content_Type="text/plain"))[0] == 415
    assert (await studio.call("POST", path, "hello", **sdp))[0] == 400
    assert (await studio.call("POST", path, "v=0\r\n" * 20_000, **sdp))[0] == 413
    async with publish(studio) as publisher:
        theirs = {"Authorization": f"Bearer {key}"}
        assert (await studio.call("DELETE", publisher.session_url, **theirs))[0] == 404


@pytest.mark.parametrize("haste", [Haste(connect_within_s=2.0)])
async def test_an_offer_that_nobody_follows_up_is_let_go_of(studio: Studio) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    offer = await offer_of(peer)
    await peer.close()
    statuses = []
    for _ in range(5):
        status, _text = await studio.call(
            "POST", f"/whip/{studio.live_id}", offer, Content_Type="application/sdp"
        )
        statuses.append(status)
    assert statuses == [201, 201, 201, 201, 429]

    async def answer() -> int | None:
        status, _text = await studio.call(
            "POST", f"/whip/{studio.live_id}", offer, Content_Type="application/sdp"
        )
        return None if status == 429 else status

    assert await eventually(answer, DEADLINE_S, each_s=0.05) == 201
    assert studio.told.words == []


@pytest.mark.parametrize("haste", [Haste(silent_s=0.3)])
async def test_a_silent_publisher_counts_as_lost(studio: Studio) -> None:
    async with publish(studio) as publisher:
        await studio.told.wait_for(("connected", 1))
        [sender] = publisher.peer.getSenders()
        sender.replaceTrack(None)
        await studio.told.wait_for(("connected", 1), ("lost", 1))
