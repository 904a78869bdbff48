"""The engine on Web Audio in real Chromium: in step on two nodes, and joints without a seam."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import av
import numpy as np
import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import (
    ARGUMENTS,
    DEADLINE_MS,
    People,
    chromium,
    create_room,
    on_node,
    register,
)
from tests.browser.tap import TAP, Samples, find, tapped
from tests.browser.test_party import upload
from tests.media.recordings import find_recordings
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)

HZ = 44_100
CUT = 6 * HZ + 777
"""No whole number of milliseconds: the hub's clock cannot name the joint exactly."""
IN_STEP_MS = 5.0
READINGS = 12
READ_EVERY_MS = 250
WATCH_DRIFT = """
([count, everyMs]) => new Promise((done) => {
  const seen = []
  let looks = 0
  const looking = setInterval(() => {
    const own = [...document.querySelectorAll('[data-testid=drift-reading]')].at(-1)
    if (own) seen.push(own.dataset.driftMs)
    looks += 1
    if (looks === count) { clearInterval(looking); done(seen) }
  }, everyMs)
})
"""
"""What the page shows of itself, read at its own pace while it plays."""
BESIDE = 600
"""Samples on either side of a joint that are compared."""
SEGMENT = 176_128
"""Samples of a segment, at any rate."""
NO_WEBCODECS = "delete window.AudioDecoder"
SLOW_TIMERS = """
for (const name of ["setTimeout", "setInterval"]) {
  const real = window[name].bind(window)
  window[name] = (work, ms, ...rest) => real(work, Math.max(1000, ms ?? 0), ...rest)
}
"""
"""What a browser does to the timers of a page that is not looked at."""
DEVICES_CHANGE = "navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"


def music(samples: int, rate_hz: int = HZ) -> Samples:
    """Many tones below 9 kHz, so that it can be read between samples; as 16 bits hold it."""
    random = np.random.default_rng(6)
    hz = random.uniform(80, 9_000, 40)
    phase = random.uniform(0, 2 * np.pi, 40)
    time_s = np.arange(samples) / rate_hz
    sound = sum(np.sin(2 * np.pi * f * time_s + p) for f, p in zip(hz, phase, strict=True)) / 60
    rounded: Samples = np.round(np.asarray(sound) * 32_768) / 32_768
    return rounded


def write_flac(path: Path, sound: Samples, rate_hz: int = HZ) -> None:
    """A FLAC file of 16 bits with exactly these samples on both sides."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=rate_hz, layout="stereo")
        whole = np.repeat((sound * 32_768).astype(np.int16), 2).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="stereo")
        frame.sample_rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


@pytest.fixture
async def tapped_page() -> AsyncIterator[Page]:
    """A page whose audio thread is tapped."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        stack.push_async_callback(browser.close)
        context = await browser.new_context(bypass_csp=True, locale="en-GB")
        context.set_default_timeout(DEADLINE_MS)
        await context.add_init_script(TAP)
        yield await context.new_page()


async def put_on(page: Page, count: int) -> None:
    """Puts the newest tracks of the library on the room's queue, the oldest of them first."""
    await page.get_by_test_id("queue-add").click()
    for place in reversed(range(count)):
        await page.get_by_test_id("add-last").nth(place).click()
        await expect(page.get_by_test_id("queue-item")).to_have_count(count - place)
    await page.keyboard.press("Escape")


async def is_heard(page: Page) -> None:
    now = page.get_by_test_id("now-playing")
    await expect(now).to_have_attribute("data-player", "playing")
    await expect(now).to_have_attribute("data-engine", "graph")


async def own_drift_ms(page: Page) -> float:
    """The middle of what the page measures of itself over some seconds, without the sign."""
    readings: list[str] = await page.evaluate(WATCH_DRIFT, [READINGS, READ_EVERY_MS])
    assert len(readings) > READINGS // 2
    return median(abs(float(reading)) for reading in readings)


async def test_two_browsers_on_two_nodes_stay_in_step(
    party_hub: RunningHub, people: People
) -> None:
    one, two = party_hub.urls()
    ada = await people.arrive()
    await register(ada, one, "ada")
    await upload(ada, find_recordings()["time_to_strike.mp3"])
    await ada.goto(f"{one}/?engine=graph")
    link = await create_room(ada, "In step")
    bob = await people.arrive()
    await bob.goto(on_node(link, two) + "?engine=graph")
    await bob.get_by_test_id("guest-name").fill("Bob")
    await bob.get_by_test_id("guest-submit").click()
    await bob.locator('[data-testid=room][data-phase="live"]').wait_for()
    await put_on(ada, 1)

    await ada.get_by_test_id("play-button").click()
    for page in (ada, bob):
        await is_heard(page)
        assert await own_drift_ms(page) < IN_STEP_MS

    await ada.get_by_test_id("pause-button").click()
    for page in (ada, bob):
        await expect(page.get_by_test_id("now-playing")).to_have_attribute("data-player", "paused")
    await ada.get_by_test_id("play-button").click()
    wave = ada.get_by_test_id("room-waveform")
    box = await wave.bounding_box()
    assert box is not None
    await is_heard(ada)
    await wave.click(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
    for page in (ada, bob):
        await expect(page.get_by_test_id("position").first).to_have_text(re.compile(r"^[345]:"))
        await is_heard(page)
        assert await own_drift_ms(page) < IN_STEP_MS

    # Headphones in or out: what was known of the device is void, and the sound goes on.
    await bob.evaluate(DEVICES_CHANGE)
    await is_heard(bob)
    assert await own_drift_ms(bob) < IN_STEP_MS

    # Who comes in the middle is silent until he is in step.
    await bob.reload()
    await is_heard(bob)
    assert await own_drift_ms(bob) < IN_STEP_MS


@pytest.mark.parametrize(
    ("who", "lacking"),
    [
        pytest.param("cleo", "", id="all there"),
        pytest.param("carl", NO_WEBCODECS, id="decodeAudioData"),
        pytest.param("cara", SLOW_TIMERS, id="timers of a hidden page"),
    ],
)
async def test_a_joint_misses_no_sample_and_doubles_none(
    party_hub: RunningHub, tapped_page: Page, tmp_path: Path, who: str, lacking: str
) -> None:
    await tapped_page.add_init_script(lacking)
    sound = music(12 * HZ)
    write_flac(tmp_path / "first.flac", sound[:CUT])
    write_flac(tmp_path / "second.flac", sound[CUT:])
    page = tapped_page
    await register(page, party_hub.url, who)
    for name in ("first.flac", "second.flac"):
        await upload(page, tmp_path / name)
    await page.goto(f"{party_hub.url}/?engine=graph")
    await create_room(page, "Album")
    await put_on(page, 2)
    await page.get_by_test_id("play-button").click()
    await is_heard(page)

    heard = await tapped(page, 9.0)
    # A busy machine may begin late, but then it is on the line.
    start = find(heard[HZ : HZ + 2_048], sound, 3 * HZ, reach=3 * HZ)
    joint = CUT + HZ - round(start.at)
    before = find(heard[joint - BESIDE : joint], sound, CUT - BESIDE)
    after = find(heard[joint : joint + BESIDE], sound, CUT)
    # Were one sample missing or doubled, what follows would lie one sample beside.
    assert abs(before.at + BESIDE * before.step - after.at) < 0.2
    for found in (before, after):
        assert found.error < 0.01
        assert abs(found.step - 1) <= 0.0061


async def test_segments_of_aac_join_where_there_is_no_webcodecs(
    party_hub: RunningHub, tapped_page: Page, tmp_path: Path
) -> None:
    """Lossless at 96 kHz is not played: what is heard are its rungs of AAC at 48 kHz."""
    await tapped_page.add_init_script(NO_WEBCODECS)
    rate_hz = 48_000
    write_flac(tmp_path / "fine.flac", music(14 * rate_hz, 2 * rate_hz), 2 * rate_hz)
    page = tapped_page
    await register(page, party_hub.url, "cora")
    await upload(page, tmp_path / "fine.flac")
    await page.goto(f"{party_hub.url}/?engine=graph")
    await create_room(page, "Fine")
    await put_on(page, 1)
    await page.get_by_test_id("play-button").click()
    await is_heard(page)

    heard = await tapped(page, 6.5)
    sound = music(7 * rate_hz, rate_hz)
    start = find(heard[rate_hz : rate_hz + 2_048], sound, rate_hz, reach=2 * rate_hz)
    joint = SEGMENT + rate_hz - round(start.at)
    before = find(heard[joint - BESIDE : joint], sound, SEGMENT - BESIDE)
    after = find(heard[joint : joint + BESIDE], sound, SEGMENT)
    assert abs(before.at + BESIDE * before.step - after.at) < 0.2
    for found in (before, after):
        assert found.error < 0.05
        assert abs(found.step - 1) <= 0.0061


async def test_a_speaker_cannot_be_measured_without_a_microphone(
    party_hub: RunningHub, people: People
) -> None:
    page = await people.arrive()
    await register(page, party_hub.url, "dora")
    await page.get_by_test_id("settings-button").first.click()
    await page.get_by_test_id("calibrate").click()
    says = page.get_by_test_id("calibrate-says")
    await expect(says).to_have_attribute("data-phase", "failed")
    await expect(page.get_by_test_id("calibrate")).to_be_enabled()
    await page.get_by_test_id("engine-select").select_option("media")
    assert await page.evaluate("localStorage.getItem('veza.engine')") == "media"
