"""Reports that no room looks at, as the hub's own moderators have them: by keyboard, on a phone."""

import asyncio
import os
import sys

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, enter_by, register
from tests.running import RunningHub

pytestmark = pytest.mark.timeout(240)

PASSWORD = "correct horse battery staple"
RANG = {"fr": "Un nouveau signalement", "es": "Una nueva denuncia"}
TITLES = {"fr": "Signalements au serveur", "es": "Denuncias al servidor"}


async def make_moderator(hub: RunningHub, name: str) -> None:
    """Somebody who keeps order in the whole hub, made as its operator does it."""
    argv = ["-m", "hub", "user", "create", name, "--email", f"{name}@example.org"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *argv,
        "--role",
        "moderator",
        "--data",
        str(hub.data),
        env={**os.environ, "VEZA_PASSWORD": PASSWORD},
    )
    assert await process.wait() == 0


async def tab_to(page: Page, test_id: str) -> None:
    """Goes on with Tab until the first of these has the focus."""
    there = "id => document.activeElement?.closest(`[data-testid=${id}]`) !== null"
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate(there, test_id):
            return
    raise AssertionError(f"Tab does not reach {test_id}")


async def fits(page: Page) -> bool:
    """Whether nothing makes the page wider than the screen."""
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(await page.evaluate(wide))


@pytest.mark.parametrize("language", ["fr", "es"])
async def test_a_reported_room_is_settled_by_keyboard_on_a_phone(
    party_hub: RunningHub, people: People, language: str
) -> None:
    one, two = party_hub.urls()
    await make_moderator(party_hub, f"mia{language}")
    ada, bob = await people.arrive(), await people.arrive()
    mia = await people.arrive(390, 844, "light", locale=language)
    await register(ada, one, f"ada{language}")
    link = await create_room(ada, f"Cellar {language}")
    await register(bob, one, f"bob{language}")
    await enter_by(bob, link, one)
    await mia.goto(f"{two}/login")
    await mia.get_by_test_id("login-name").fill(f"mia{language}")
    await mia.locator("input[type=password]").fill(PASSWORD)
    await mia.keyboard.press("Enter")
    await mia.get_by_test_id("bell").wait_for()

    await bob.get_by_test_id("room-menu").click()
    await bob.get_by_test_id("menu-report-room").click()
    await bob.get_by_test_id("report-more").fill("sells tapes")
    await bob.get_by_test_id("report-send").click()
    await expect(bob.get_by_test_id("report-dialog")).to_have_count(0)

    await expect(mia.get_by_test_id("bell-count")).to_have_text("1")
    await tab_to(mia, "bell")
    await mia.keyboard.press("Enter")
    await tab_to(mia, "notification")
    await expect(mia.get_by_test_id("notification")).to_contain_text(RANG[language])
    await mia.screenshot(path=RESULTS / f"bell-{language}.png")
    await mia.keyboard.press("Enter")
    await expect(mia.get_by_role("heading", level=1)).to_have_text(TITLES[language])
    await expect(mia.get_by_test_id("bell-count")).to_have_count(0)
    report = mia.get_by_test_id("report").filter(has_text=f"Cellar {language}")
    await expect(report).to_contain_text(f"bob{language}")
    await expect(report).to_contain_text("sells tapes")
    assert await fits(mia)
    await mia.screenshot(path=RESULTS / f"hub-reports-{language}.png")
    await tab_to(mia, "report-resolve")
    await mia.keyboard.press("Enter")
    await expect(report).to_have_count(0)
    await tab_to(mia, "reports-all")
    await mia.keyboard.press("Space")
    await expect(report).to_have_attribute("data-status", "resolved")
    assert await fits(mia)
    # Who keeps no order finds no such page.
    await bob.goto(f"{one}/reports")
    await expect(bob.get_by_test_id("hub-reports")).to_have_count(0)
