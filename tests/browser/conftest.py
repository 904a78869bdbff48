"""A real browser (Debian's Chromium) and a whole hub with two web nodes, for people's paths."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.running import RunningHub, run_hub

ARGUMENTS = (
    "--no-sandbox",  # CI runs as root
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
DEADLINE_MS = 30_000
RESULTS = Path(__file__).parents[2] / "test-results"


expect.set_options(timeout=DEADLINE_MS)


def chromium() -> str:
    """Where Chromium is.

    Raises:
        FileNotFoundError: not installed; the message says what to do.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("The browser tests need Chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def party_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """`veza up` with two web nodes, for the tests of one module."""
    with run_hub(tmp_path_factory.mktemp("party"), "--nodes", "2") as hub:
        yield hub


class People:
    """Opens a browser window for each person, and notes what their pages complain about."""

    def __init__(self, browser: Browser, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._stack = stack
        self.complaints: list[str] = []

    async def arrive(
        self, width: int = 1280, height: int = 800, scheme: str = "dark", locale: str = "en-GB"
    ) -> Page:
        """A person with a browser of his own: no cookies, no storage."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
        )
        self._stack.push_async_callback(context.close)
        context.set_default_timeout(DEADLINE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture
async def people() -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        stack.push_async_callback(browser.close)
        crowd = People(browser, stack)
        yield crowd
        assert crowd.complaints == []


async def register(page: Page, url: str, name: str) -> None:
    """Makes an account and lands on the signed-in home page."""
    await page.goto(f"{url}/register")
    await page.get_by_test_id("register-username").fill(name)
    await page.get_by_test_id("register-email").fill(f"{name}@example.org")
    await page.locator("input[type=password]").fill("correct horse battery staple")
    await page.get_by_test_id("register-submit").click()
    await page.get_by_test_id("create-room").first.wait_for()


async def create_room(page: Page, name: str) -> str:
    """Opens a room; returns its invitation link."""
    await page.get_by_test_id("create-room").first.click()
    await page.get_by_test_id("room-name-input").fill(name)
    await page.get_by_test_id("create-room-submit").click()
    await page.locator('[data-testid=room][data-phase="live"]').wait_for()
    await page.get_by_test_id("invite-button").click()
    field = page.get_by_test_id("invite-link")
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=invite-link]')?.value.includes('/join/')"
    )
    link = await field.input_value()
    assert await page.get_by_test_id("invite-qr").locator("svg, img, canvas").count() > 0
    await page.keyboard.press("Escape")
    return link


async def enter_by(page: Page, link: str, node_url: str) -> None:
    """Follows an invitation with one's account, on this node."""
    await page.goto(on_node(link, node_url))
    await page.get_by_test_id("join-as-me").click()
    await page.locator('[data-testid=room][data-phase="live"]').wait_for()


async def say(page: Page, text: str) -> None:
    """Writes a message and sends it."""
    await page.get_by_test_id("chat-input").fill(text)
    await page.keyboard.press("Enter")


def on_node(link: str, node_url: str) -> str:
    """The same link, opened on another node."""
    return re.sub(r"^https?://[^/]+", node_url, link)
