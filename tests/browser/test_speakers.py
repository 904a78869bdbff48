"""The way out of the browser: speakers that are chosen, pulled out and measured by microphone."""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from loadtests.heard.sound_server import sound_server
from tests.browser.conftest import create_room, register
from tests.browser.speakers import Speakers, page_with_sound
from tests.browser.test_party import upload
from tests.browser.test_web_audio import HZ, IN_STEP_MS, music, own_drift_ms, put_on, write_flac
from tests.eventually import eventually
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)

NEAR_LATE_MS, FAR_LATE_MS = 40, 120
LOOPED_MS = 200
"""What is put between a speaker and the microphone."""
LOOSELY_MS = 40.0
"""Media elements on a busy machine."""
ATTEMPTS = 3
"""A machine that is held up all the time gives no clear answer; then one tries again."""
ROUGHLY_MS = 60
"""Sound server and browser add some of their own, a busy machine some more."""
WITHIN_S = 20.0


Plugged = tuple[Speakers, AbstractAsyncContextManager[Page]]


@pytest.fixture
def speakers(tmp_path: Path) -> Iterator[Plugged]:
    """Two speakers, the near one being the system's choice, and a page that is not open yet."""
    with sound_server(tmp_path / "sound", 1) as server:
        made = Speakers(server)
        for name in ("near", "far"):
            made.plug_in(name)
        made.choose(speaker="near")
        yield made, page_with_sound(server)


async def play(page: Page, hub: RunningHub, name: str, engine: str, folder: Path) -> None:
    """Somebody's room sounds."""
    write_flac(folder / "long.flac", music(90 * HZ))
    await register(page, hub.url, name)
    await upload(page, folder / "long.flac")
    await page.goto(f"{hub.url}/?engine={engine}")
    await create_room(page, "Speakers")
    await put_on(page, 1)
    await page.get_by_test_id("play-button").click()
    await expect(page.get_by_test_id("now-playing")).to_have_attribute("data-player", "playing")


async def plays_on(speakers: Speakers, name: str) -> None:
    """Waits until the music comes out there; a silent stream may come out elsewhere."""
    await eventually(lambda: name in speakers.playing(), WITHIN_S, each_s=0.1)


async def on_the_beat(page: Page, engine: str) -> None:
    """Waits until it sounds and is in step again."""
    bound_ms = {"graph": IN_STEP_MS, "media": LOOSELY_MS}[engine]
    give_up_at = time.monotonic() + WITHIN_S
    now = page.get_by_test_id("now-playing")
    await expect(now).to_have_attribute("data-engine", engine)
    await expect(now).to_have_attribute("data-player", "playing")
    while (drift_ms := await own_drift_ms(page)) > bound_ms:
        assert time.monotonic() < give_up_at, f"{drift_ms} ms beside the beat"


@pytest.mark.parametrize("engine", ["graph", "media"])
async def test_a_speaker_that_is_pulled_out_does_not_end_the_music(
    party_hub: RunningHub, speakers: Plugged, tmp_path: Path, engine: str
) -> None:
    plugged, opened = speakers
    plugged.microphone("mic", before="near")
    plugged.choose(microphone="mic")
    async with opened as page:
        await play(page, party_hub, f"ida_{engine}", engine, tmp_path)
        await plays_on(plugged, "near")
        await page.get_by_test_id("settings-button").first.click()
        trim = page.get_by_test_id("latency-trim")
        await trim.fill(str(NEAR_LATE_MS))
        select = page.get_by_test_id("speaker-select")
        await select.select_option(label="far")
        await plays_on(plugged, "far")
        await trim.fill(str(FAR_LATE_MS))
        await on_the_beat(page, engine)

        # The sound server brings what played there elsewhere, and the page finds the beat again.
        plugged.pull_out("far")
        await plays_on(plugged, "near")
        await on_the_beat(page, engine)
        plugged.plug_in("far")

        await select.select_option(value="")
        await expect(trim).to_have_value(str(NEAR_LATE_MS))
        await plays_on(plugged, "near")
        await on_the_beat(page, engine)

        # Who comes without the speaker he chose hears the system's choice, and is told.
        await page.evaluate("localStorage.setItem('veza.speaker', 'gone')")
        await page.reload()
        await page.get_by_test_id("settings-button").first.click()
        await expect(page.get_by_test_id("speaker-says")).to_contain_text("not connected")
        await expect(trim).to_have_value(str(NEAR_LATE_MS))


async def test_a_speaker_is_measured_through_the_air(
    party_hub: RunningHub, speakers: Plugged
) -> None:
    plugged, opened = speakers
    plugged.late("near", goes_to="far", by_ms=LOOPED_MS)
    plugged.microphone("mic", before="far")
    plugged.plug_in("elsewhere")
    plugged.microphone("deaf", before="elsewhere")
    plugged.choose(microphone="mic")
    async with opened as page:
        await register(page, party_hub.url, "mira")
        await page.get_by_test_id("settings-button").first.click()
        says = page.get_by_test_id("calibrate-says")
        for _ in range(ATTEMPTS):
            await page.get_by_test_id("calibrate").click()
            await expect(says).to_have_attribute("data-phase", re.compile("done|failed"))
            if await says.get_attribute("data-phase") == "done":
                break
        await expect(says).to_have_attribute("data-phase", "done")
        found_ms = int(await page.get_by_test_id("latency-trim").input_value())
        assert abs(found_ms - LOOPED_MS) < ROUGHLY_MS

        # Who hears nothing measures nothing, and what was known stays.
        plugged.choose(microphone="deaf")
        await page.get_by_test_id("calibrate").click()
        await expect(says).to_have_attribute("data-phase", "failed")
        await expect(says).to_contain_text("did not hear")
        await expect(page.get_by_test_id("latency-trim")).to_have_value(str(found_ms))
