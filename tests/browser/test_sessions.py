"""A session at a set time, from its announcement to listening to it again; one browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, register
from tests.browser.test_queue import write_tone
from tests.running import RunningHub, run_hub

pytestmark = pytest.mark.timeout(240)

READY = """
async () => {
    for (;;) {
        const { data = [] } = await (await fetch("/api/v1/tracks?include=status")).json();
        if (data.some(({ status }) => status === "completed")) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}
"""
LOCAL = """
(minutes) => {
    const at = new Date(Date.now() + minutes * 60_000 - new Date().getTimezoneOffset() * 60_000);
    return at.toISOString().slice(0, 16);
}
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub that imports one tone of twenty seconds."""
    music = tmp_path_factory.mktemp("music")
    write_tone(music / "Overture.wav", 330)
    with run_hub(tmp_path_factory.mktemp("session"), "--music", str(music)) as hub:
        yield hub


async def set_start(page: Page, minutes: int) -> None:
    """Fills in a start so many minutes from now, in the browser's own time."""
    await page.get_by_test_id("schedule-start").fill(await page.evaluate(LOCAL, minutes))


async def test_a_session_is_announced_held_and_heard_again(hub: RunningHub, people: People) -> None:
    ada = await people.arrive()
    await register(ada, hub.url, "ada")
    await ada.evaluate(READY)

    # A room with a date: it says when, and counts down.
    await ada.get_by_test_id("create-room").first.click()
    await ada.get_by_test_id("room-name-input").fill("Premiere")
    await ada.get_by_test_id("room-schedule").click()
    await set_start(ada, 120)
    await ada.get_by_test_id("create-room-submit").click()
    await ada.locator('[data-testid=room][data-phase="live"]').wait_for()
    bar = ada.get_by_test_id("session-bar")
    await expect(bar).to_have_attribute("data-stage", "scheduled")
    await expect(ada.get_by_test_id("session-countdown")).to_contain_text("1:59:")
    await ada.screenshot(path=RESULTS / "session-scheduled.png")
    await ada.get_by_test_id("queue-add").click()
    await ada.get_by_test_id("add-last").first.click()
    await ada.keyboard.press("Escape")

    # The date is moved to this very minute: the music starts by itself.
    await ada.get_by_test_id("schedule-open").click()
    await set_start(ada, 0)
    await ada.get_by_test_id("schedule-save").click()
    await ada.locator('[data-testid=now-playing][data-status="playing"]').wait_for()
    await expect(bar).to_have_count(0)
    now = ada.get_by_test_id("now-playing").get_by_test_id("position")
    await expect(now).to_have_text(re.compile("^0:0[2-9]$"))
    await ada.get_by_test_id("chat-input").fill("what an overture")
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_text("what an overture")).to_be_visible()

    # The host ends it; the room stays, and leads to what it was.
    await ada.get_by_test_id("room-menu").click()
    await ada.get_by_test_id("menu-schedule").click()
    await ada.get_by_test_id("session-end").click()
    await expect(bar).to_have_attribute("data-stage", "ended")
    await bar.get_by_role("link").click()
    await expect(ada.get_by_test_id("replay-title")).to_have_text("Overture")
    words = ada.get_by_test_id("replay-message")
    await expect(words).to_have_count(0)
    seek = ada.get_by_test_id("replay-seek")
    await seek.evaluate(
        """(slider) => {
            const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
            set.call(slider, slider.max);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    await expect(words).to_have_count(1)
    await expect(words).to_contain_text("what an overture")
    await ada.get_by_test_id("replay-stretch").first.click()
    await expect(words).to_have_count(0)
    await ada.get_by_test_id("replay-play").click()
    await expect(ada.get_by_test_id("replay-play")).to_have_attribute("data-playing", "true")
    await expect(words).to_have_count(1)  # when the sound comes to where it was said
    await ada.screenshot(path=RESULTS / "session-replay.png")
