"""The queue beyond adding: undo, suggestions under a lock, settings, saving; two browsers."""

import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, on_node, register
from tests.running import RunningHub, run_hub

pytestmark = pytest.mark.timeout(240)


TRACKS = 6
ALL_READY = """
async (count) => {
    for (;;) {
        const { data = [] } = await (await fetch("/api/v1/tracks?include=status")).json();
        if (data.filter(({ status }) => status === "completed").length === count) return;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
}
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub that imports a folder of short tones, so that there is something to queue."""
    music = tmp_path_factory.mktemp("music")
    for number in range(TRACKS):
        write_tone(music / f"Tone {number}.wav", 220 + 40 * number)
    with run_hub(tmp_path_factory.mktemp("queue"), "--nodes", "2", "--music", str(music)) as hub:
        yield hub


def write_tone(path: Path, hz: int) -> None:
    """Twenty seconds of a tone, 8 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        second = [int(9_000 * math.sin(2 * math.pi * hz * n / 8_000)) for n in range(8_000)]
        file.writeframes(struct.pack("<8000h", *second) * 20)


async def titles(page: Page) -> list[str]:
    items = await page.get_by_test_id("queue-item").all()
    return [str(await item.get_attribute("data-title")) for item in items]


async def queued(page: Page, count: int) -> list[str]:
    await expect(page.get_by_test_id("queue-item")).to_have_count(count)
    return await titles(page)


async def add(page: Page, count: int) -> None:
    """Queues the first `count` tracks that are ready."""
    await page.get_by_test_id("queue-add").click()
    await expect(page.get_by_test_id("add-result")).to_have_count(TRACKS)
    buttons = page.get_by_test_id("add-last")
    for index in range(count):
        await buttons.nth(index).click()
    await page.keyboard.press("Escape")


async def test_two_people_steer_one_queue(hub: RunningHub, people: People) -> None:
    ada, bob = await people.arrive(), await people.arrive(390, 844, "light")
    urls = hub.urls()
    await register(ada, urls[0], "ada")
    await ada.evaluate(ALL_READY, TRACKS)
    link = await create_room(ada, "Kitchen")
    await register(bob, urls[1], "bob")
    await bob.goto(on_node(link, urls[1]))
    await bob.get_by_test_id("join-as-me").click()
    await bob.locator('[data-testid=room][data-phase="live"]').wait_for()
    await bob.get_by_test_id("tab-queue").click()

    await add(ada, 3)
    before = await queued(bob, 3)

    # One takes an item out and thinks better of it, by the keyboard.
    await ada.get_by_test_id("queue-item").nth(1).hover()
    await ada.get_by_test_id("queue-remove").nth(1).click()
    await queued(bob, 2)
    await ada.get_by_test_id("queue-settings").focus()
    await ada.keyboard.press("Control+z")
    assert await queued(bob, 3) == before

    # The host locks: the other suggests instead, and the host takes it.
    await ada.get_by_test_id("queue-settings").click()
    await ada.get_by_test_id("queue-lock").check()
    await ada.keyboard.press("Escape")
    await bob.get_by_test_id("queue-add").click()
    await bob.get_by_test_id("suggest").nth(4).click()
    await bob.keyboard.press("Escape")
    suggestion = ada.get_by_test_id("suggestion")
    wish = await suggestion.get_attribute("data-title")
    await ada.screenshot(path=RESULTS / "queue-suggestion.png")
    await ada.get_by_test_id("suggestion-approve").click()
    assert await queued(bob, 4) == [*before, wish]
    await expect(suggestion).to_have_count(0)

    # By votes: what the other wants most is heard first.
    await ada.get_by_test_id("queue-settings").click()
    await ada.get_by_test_id("queue-order").select_option("votes")
    await ada.get_by_test_id("queue-save-name").fill("Saturday")
    await ada.screenshot(path=RESULTS / "queue-menu.png")
    await ada.get_by_test_id("queue-save").click()
    await expect(ada.get_by_text("Saved with 4 tracks")).to_be_visible()
    await ada.get_by_test_id("queue-vote-up").nth(3).click()
    await expect(bob.get_by_test_id("queue-item").first).to_have_attribute("data-title", str(wish))
    await bob.screenshot(path=RESULTS / "queue-votes.png")

    # Emptied, and back.
    await ada.get_by_test_id("queue-settings").click()
    await ada.get_by_test_id("queue-clear").click()
    await queued(bob, 0)
    await ada.get_by_test_id("queue-undo").click()
    assert sorted(await queued(bob, 4)) == sorted([*before, str(wish)])
