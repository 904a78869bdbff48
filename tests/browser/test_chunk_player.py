"""A track on its page: pulled over the live connection, in real Chromium; else over HLS."""

import re

import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.browser.conftest import People, register
from tests.browser.test_party import position_s, upload
from tests.media.recordings import find_recordings
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)

WITHOUT_CHUNKS = """
const knows = MediaSource.isTypeSupported.bind(MediaSource);
MediaSource.isTypeSupported = (type) => !/^audio\\/mp4; codecs="/.test(type) && knows(type);
"""


class Watched:
    """What a page fetches while it plays."""

    def __init__(self, page: Page) -> None:
        self.chunks: list[str] = []
        self.hls: list[str] = []
        page.on("websocket", self._on_socket)
        page.on("request", lambda request: self._on_request(request.url))

    def _on_socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._on_frame)

    def _on_frame(self, payload: str | bytes) -> None:
        if isinstance(payload, str) and '["media:chunk"' in payload:
            self.chunks.append(payload)

    def _on_request(self, url: str) -> None:
        if "/hls/" in url:
            self.hls.append(url)


async def open_track(page: Page, url: str, name: str) -> None:
    await register(page, url, name)
    await upload(page, find_recordings()["frontiers.mp3"])
    await page.goto(f"{url}/library")
    row = page.get_by_test_id("track-row").filter(has_text=re.compile("frontiers", re.I))
    await row.first.get_by_test_id("track-link").click()


IS_BETWEEN = """
([from, to]) => {
  const [minutes, rest] = document.querySelector("[data-testid=position]").innerText.split(":");
  const seconds = Number(minutes) * 60 + Number(rest);
  return from < seconds && seconds < to;
}
"""


async def plays(page: Page, from_s: int, to_s: int = 3_600) -> None:
    """Waits until the position has moved past a place, and is before another."""
    await page.wait_for_function(IS_BETWEEN, arg=[from_s, to_s])


async def test_a_track_is_pulled_over_the_live_connection(
    party_hub: RunningHub, people: People
) -> None:
    page = await people.arrive()
    watched = Watched(page)
    await open_track(page, party_hub.url, "ada")

    await page.get_by_test_id("track-play-button").click()
    await plays(page, 2)
    assert watched.chunks
    assert watched.hls == []

    wave = page.get_by_test_id("track-waveform")
    box = await wave.bounding_box()
    assert box is not None
    before = len(watched.chunks)
    await wave.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    await plays(page, 60)
    there = await position_s(page)
    await plays(page, there + 1)
    assert len(watched.chunks) > before

    await wave.click(position={"x": 2, "y": box["height"] / 2})
    await plays(page, 1, there)
    assert watched.hls == []


async def test_where_chunks_cannot_be_played_hls_is(party_hub: RunningHub, people: People) -> None:
    page = await people.arrive()
    await page.add_init_script(WITHOUT_CHUNKS)
    watched = Watched(page)
    await open_track(page, party_hub.url, "bob")
    await page.get_by_test_id("track-play-button").click()
    await plays(page, 1)
    assert watched.chunks == []
    assert watched.hls


async def test_a_connection_that_breaks_does_not_stop_the_music(
    party_hub: RunningHub, people: People
) -> None:
    page = await people.arrive()
    watched = Watched(page)
    await open_track(page, party_hub.url, "cleo")
    await page.get_by_test_id("track-play-button").click()
    await plays(page, 1)
    await page.context.set_offline(True)
    await plays(page, await position_s(page))
    await page.context.set_offline(False)
    await plays(page, 3)
    wave = page.get_by_test_id("track-waveform")
    box = await wave.bounding_box()
    assert box is not None
    await wave.click(position={"x": box["width"] * 0.9, "y": box["height"] / 2})
    await plays(page, 60)
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert watched.hls == []
