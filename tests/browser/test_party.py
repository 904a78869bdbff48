"""A listening party as people have it: two browsers, two nodes, real music."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, on_node, register, say
from tests.media.recordings import find_recordings
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)


async def upload(page: Page, recording: Path) -> None:
    """Adds a file by the button and waits until it can be played."""
    await page.get_by_test_id("upload-input").first.set_input_files(recording)
    row = page.locator(f'[data-testid=upload-row][data-name="{recording.name}"]')
    await expect(row).to_have_attribute("data-state", "ready", timeout=90_000)


async def sees(page: Page, text: str) -> None:
    await page.get_by_test_id("message-text").filter(has_text=text).first.wait_for()


async def position_s(page: Page) -> int:
    """What the page shows as position, in seconds."""
    shown = await page.get_by_test_id("position").first.inner_text()
    minutes, seconds = shown.split(":")
    return int(minutes) * 60 + int(seconds)


async def test_two_people_listen_together(party_hub: RunningHub, people: People) -> None:
    one, two = party_hub.urls()
    recordings = find_recordings()
    ada = await people.arrive()

    # 1 and 2: an account, a file of one's own, its steps on the page.
    await register(ada, one, "ada")
    await upload(ada, recordings["machine_wars.mp3"])

    # 3: found by its title, played over its waveform.
    await ada.goto(f"{one}/library")
    await ada.get_by_role("searchbox").first.fill("machine")
    row = ada.get_by_test_id("track-row").filter(has_text=re.compile("machine", re.I))
    await row.first.get_by_test_id("track-link").click()
    await ada.get_by_test_id("track-play-button").click()
    await expect(ada.get_by_test_id("position").first).not_to_have_text("0:00")
    await ada.get_by_test_id("track-play-button").click()

    # 4: a room, its link, a guest on the other node.
    await ada.goto(f"{one}/")
    link = await create_room(ada, "Kitchen")
    bob = await people.arrive(width=1280, scheme="light")
    await bob.goto(on_node(link, two))
    await bob.get_by_test_id("guest-name").fill("Bob")
    await bob.get_by_test_id("guest-submit").click()
    await bob.locator('[data-testid=room][data-phase="live"]').wait_for()
    await expect(ada.get_by_test_id("person")).to_have_count(2)

    # 6: one queue.
    await ada.get_by_test_id("queue-add").click()
    await ada.get_by_test_id("add-last").first.click()
    await ada.keyboard.press("Escape")
    await expect(bob.get_by_test_id("queue-item")).to_have_count(1)
    assert "ada" in await bob.get_by_test_id("queue-by").first.inner_text()

    # 5: the same position on both.
    await ada.get_by_test_id("play-button").click()
    for page in (ada, bob):
        await expect(page.get_by_test_id("now-playing")).to_have_attribute("data-status", "playing")
        await expect(page.get_by_test_id("now-title")).to_have_text(re.compile("machine", re.I))
        await expect(page.get_by_test_id("person-drift")).to_have_count(2, timeout=60_000)
        await expect(page.get_by_test_id("position").first).not_to_have_text("0:00")
    assert abs(await position_s(ada) - await position_s(bob)) <= 1
    await expect(
        bob.get_by_test_id("play-button").or_(bob.get_by_test_id("pause-button"))
    ).to_be_disabled()

    # 7: chat, typing, a lost network.
    await say(bob, "what a beat")
    await sees(ada, "what a beat")
    await ada.get_by_test_id("chat-input").press_sequentially("typing now", delay=30)
    await expect(bob.get_by_test_id("typing")).to_contain_text("ada")
    await ada.keyboard.press("Enter")
    await sees(bob, "typing now")
    await bob.context.set_offline(True)
    for n in range(3):
        await say(ada, f"while you were away {n}")
    await bob.context.set_offline(False)
    await sees(bob, "while you were away 2")
    texts = await bob.get_by_test_id("message-text").all_inner_texts()
    assert texts == ["what a beat", "typing now", *(f"while you were away {n}" for n in range(3))]

    RESULTS.mkdir(exist_ok=True)
    await ada.screenshot(path=RESULTS / "room.png")
    await bob.screenshot(path=RESULTS / "room-guest.png")

    # A reload misses nothing.
    await bob.reload()
    await sees(bob, "while you were away 2")
    await expect(bob.get_by_test_id("now-playing")).to_have_attribute("data-status", "playing")


async def test_everything_is_there_after_a_restart(
    tmp_path_factory: pytest.TempPathFactory, people: People
) -> None:
    from tests.running import run_hub

    data = tmp_path_factory.mktemp("restart")
    with run_hub(data) as hub:
        ada = await people.arrive()
        await register(ada, hub.url, "ada")
        await upload(ada, find_recordings()["time_to_strike.mp3"])
        await create_room(ada, "Kitchen")
        room_path = re.sub(r"^https?://[^/]+", "", ada.url)
        await ada.get_by_test_id("queue-add").click()
        await ada.get_by_test_id("add-last").first.click()
        await ada.keyboard.press("Escape")
        await say(ada, "see you later")
        await sees(ada, "see you later")
    with run_hub(data) as hub:
        back = await people.arrive()
        await back.goto(f"{hub.url}/login")
        await back.get_by_test_id("login-name").fill("ada")
        await back.locator("input[type=password]").fill("correct horse battery staple")
        await back.get_by_test_id("login-submit").click()
        await back.get_by_test_id("create-room").first.wait_for()
        await back.goto(f"{hub.url}{room_path}")
        await sees(back, "see you later")
        await expect(back.get_by_test_id("queue-item")).to_have_count(1)
        await back.goto(f"{hub.url}/library")
        await expect(back.get_by_test_id("track-row")).to_have_count(1)
