"""One's own settings: how loud rooms are, what others see, the stream key."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import RESULTS, People, create_room, enter_by, register, say
from tests.client import connected
from tests.running import RunningHub, run_hub

pytestmark = pytest.mark.timeout(240)

KEEPS_WHAT_IS_TYPED = """
window.typed = [];
const line = document.querySelector("[data-testid=typing]");
new MutationObserver(() => line.textContent && window.typed.push(line.textContent))
  .observe(line, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with two web nodes that takes RTMP."""
    data = tmp_path_factory.mktemp("settings")
    with run_hub(
        data,
        "--nodes",
        "2",
        RTMP_CALLBACK_SECRET="a secret of this test run",
        RTMP_PUBLIC_URL="rtmp://live.example.org/live",
    ) as hub:
        yield hub


async def settings(page: Page, section: str) -> None:
    """Opens a part of one's own settings."""
    await page.get_by_test_id("settings-button").click()
    await page.get_by_test_id(f"section-{section}").click()


async def test_a_room_is_as_loud_as_one_likes(hub: RunningHub, people: People) -> None:
    one, two = hub.urls()
    ada, bob = await people.arrive(), await people.arrive()
    await register(ada, one, "adal")
    link = await create_room(ada, "Kitchen")
    await register(bob, two, "bobl")
    await enter_by(bob, link, two)
    await bob.get_by_test_id("chat-menu").click()
    await bob.get_by_test_id("menu-notify-none").click()
    await expect(bob.get_by_text("Notify me of nothing")).to_be_visible()  # the toast
    room_id = bob.url.rpartition("/")[2]
    await bob.goto(two)
    await say(ada, "@bobl are you there?")
    await expect(ada.locator('[data-testid=message][data-delivery="sent"]')).to_have_count(1)

    await settings(bob, "notify")
    level = bob.locator(f'[data-testid=room-level][data-room-id="{room_id}"]')
    await expect(level).to_have_value("none")
    await bob.screenshot(path=RESULTS / "notify.png")
    await level.select_option("all")
    await bob.get_by_test_id("quiet-on").check()
    await bob.get_by_test_id("quiet-from").fill("23:15")
    quiet = "async () => (await (await fetch('/api/v1/notifications/preferences')).json()).data"
    await bob.wait_for_function(
        f"async () => (await ({quiet})()).quiet_hours?.from_minute === 1395"
    )
    await bob.keyboard.press("Escape")
    await say(ada, "anybody?")
    # The mention before did not ring: this is the first.
    await expect(bob.get_by_test_id("bell-count")).to_have_text("1")
    await bob.reload()
    await settings(bob, "notify")
    await expect(level).to_have_value("all")
    await expect(bob.get_by_test_id("quiet-from")).to_have_value("23:15")


async def test_who_hides_is_nowhere_on_the_others_page(hub: RunningHub, people: People) -> None:
    one, two = hub.urls()
    ada, bob = await people.arrive(), await people.arrive()
    await register(ada, one, "adah")
    link = await create_room(ada, "Kitchen")
    await register(bob, two, "bobh")
    await enter_by(bob, link, two)
    here = ada.get_by_test_id("presence-list").get_by_test_id("person")
    await expect(here).to_have_count(2)

    await settings(bob, "status")
    await bob.get_by_test_id("status-busy").check()
    await bob.get_by_test_id("status-message").fill("mixing")
    await bob.get_by_test_id("status-save").click()
    await expect(here.filter(has_text="bobh")).to_have_attribute("data-status", "busy")
    await expect(here.filter(has_text="bobh")).to_contain_text("mixing")

    await bob.get_by_test_id("status-invisible").check()
    await bob.screenshot(path=RESULTS / "status.png")
    await bob.get_by_test_id("status-save").click()
    await expect(bob.get_by_test_id("own-status")).to_have_attribute("data-status", "invisible")
    await expect(here).to_have_count(1)
    await bob.keyboard.press("Escape")

    await ada.evaluate(KEEPS_WHAT_IS_TYPED)
    await say(ada, "who reads this?")
    await expect(bob.get_by_test_id("message-text")).to_have_text("who reads this?")
    await bob.get_by_test_id("chat-input").press_sequentially("not me")
    await bob.keyboard.press("Enter")
    await expect(ada.get_by_test_id("message-text").last).to_have_text("not me")
    assert await ada.evaluate("window.typed") == []
    await expect(ada.get_by_test_id("message-read")).to_have_count(0)
    await ada.reload()
    await expect(here).to_have_count(1)
    await ada.get_by_test_id("tab-people").click()
    await ada.locator(".absent summary").click()
    hidden = ada.get_by_test_id("absent-list").get_by_test_id("person")
    await expect(hidden).to_have_attribute("data-status", "offline")
    await expect(hidden).not_to_contain_text("mixing")
    await expect(hidden).not_to_contain_text("last here")

    # Another visit still knows, and shows again what was shown before.
    await bob.reload()
    await expect(bob.get_by_test_id("own-status")).to_have_attribute("data-status", "invisible")
    await settings(bob, "status")
    await expect(bob.get_by_test_id("status-message")).to_have_value("mixing")
    await bob.get_by_test_id("status-online").check()
    await bob.get_by_test_id("status-save").click()
    await expect(here).to_have_count(2)


TOKEN = """
async (name) => {
  const body = JSON.stringify({ username: name, password: "correct horse battery staple" });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/v1/auth/login", { method: "POST", headers, body });
  return (await answer.json()).data.access_token;
}
"""


async def test_what_somebody_listens_to_is_a_way_to_him(hub: RunningHub, people: People) -> None:
    one, two = hub.urls()
    ada, bob = await people.arrive(), await people.arrive()
    await register(ada, one, "adaj")
    link = await create_room(ada, "Kitchen")
    await register(bob, two, "bobj")
    await enter_by(bob, link, two)
    async with connected(two, await bob.evaluate(TOKEN, "bobj")) as phone:
        attic = await phone.ok("room:create", {"name": "Attic", "type": "public"})
        activity = {"type": "room", "room_id": attic["id"], "track_title": "Frontiers"}
        await phone.ok("presence:activity", {"activity": activity})
        await ada.get_by_test_id("tab-people").click()
        await expect(ada.get_by_test_id("person-activity")).to_contain_text("Frontiers")
        await ada.goto(one)
        card = ada.get_by_test_id("listening")
        await expect(card).to_contain_text("Frontiers · Attic")
        await ada.screenshot(path=RESULTS / "listening-now.png")
        await card.click()
        await expect(ada.get_by_test_id("room-name")).to_have_text("Attic")
        # He hides: the way is gone from the other's page.
        await ada.goto(one)
        await expect(card).to_be_visible()
        await phone.ok("presence:update", {"invisible": True, "activity": activity})
        await expect(card).to_have_count(0)


async def test_a_stream_key_is_shown_once(hub: RunningHub, people: People) -> None:
    page = await people.arrive()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await register(page, hub.url, "adak")
    await settings(page, "live")
    await page.get_by_test_id("stream-key-make").click()
    key = page.get_by_test_id("stream-key")
    await expect(page.get_by_test_id("stream-server")).to_have_value("rtmp://live.example.org/live")
    await expect(key).to_have_attribute("type", "password")
    await page.get_by_test_id("stream-key-show").click()
    await expect(key).to_have_attribute("type", "text")
    await page.screenshot(path=RESULTS / "stream-key.png")
    first = await key.input_value()
    await page.get_by_test_id("stream-key-copy").click()
    await page.wait_for_function(
        "async key => (await navigator.clipboard.readText()) === key", arg=first
    )

    await page.reload()
    await settings(page, "live")
    await expect(page.get_by_test_id("stream-key-prefix")).to_contain_text(first[:12])
    await expect(key).to_have_count(0)
    assert first not in await page.content()
    await page.get_by_test_id("stream-key-make").click()
    await page.get_by_test_id("rotate-confirm").click()
    await expect(key).not_to_have_value(first)
