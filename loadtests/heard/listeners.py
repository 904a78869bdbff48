"""Browsers that listen in one room, each with a network and a sound card of its own."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from loadtests.heard.sound_server import SoundServer
from tests.browser.conftest import ARGUMENTS, chromium, on_node

LIVE = '[data-testid=room][data-phase="live"]'
_UNPAINTED = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("[data-testid=room] { display: none !important }");
document.adoptedStyleSheets.push(sheet);
"""
"""A headless page is painted by the processor, sixty times a second: a quarter of a core for each.
What is heard does not depend on it, so the room's page is not painted."""


class Listener:
    """One browser."""

    def __init__(self, number: int, browser: Browser, page: Page, url: str) -> None:
        self.number = number
        self.page = page
        self.url = url
        """The hub behind this listener's network."""
        self.said: list[str] = []
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self._browser = browser

    async def knock(self, invitation: str, engine: str) -> None:
        """Opens the invitation and gives a name, but does not press the button yet."""
        await self.page.goto(f"{self.url}/")
        await self.page.evaluate(f"localStorage.setItem('veza.engine', '{engine}')")
        await self.page.goto(on_node(invitation, self.url))
        await self.page.get_by_test_id("guest-name").fill(f"Listener {self.number}")

    async def enter(self) -> None:
        """Presses the button, and is in the room."""
        await self.page.get_by_test_id("guest-submit").click()
        await self.page.locator(LIVE).wait_for(state="attached")

    async def engine(self) -> tuple[str | None, str | None]:
        """Which engine the page says it plays with, and why it gave up the other one if it did."""
        now = self.page.get_by_test_id("now-playing")
        return await now.get_attribute("data-engine"), await now.get_attribute("data-unfit")

    async def come_back(self) -> None:
        """Loads the room's page anew."""
        await self.page.reload(wait_until="commit")

    async def close(self) -> None:
        """Ends the browser."""
        await self._browser.close()


@contextmanager
def networks(network: str, seed: int, urls: Sequence[str]) -> Iterator[list[str]]:
    """An address for each URL that reaches it over a network of its own."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "loadtests.heard.proxy", "--network", network),
            *("--seed", str(seed), *urls),
        ],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield [f"http://127.0.0.1:{int(process.stdout.readline())}" for _ in urls]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def listeners(server: SoundServer, urls: Sequence[str]) -> AsyncIterator[list[Listener]]:
    """A browser for each address, while the block runs."""
    async with async_playwright() as playwright:
        found: list[Listener] = []
        try:
            for number, url in enumerate(urls):
                browser = await playwright.chromium.launch(
                    executable_path=chromium(),
                    args=list(ARGUMENTS),
                    ignore_default_args=["--mute-audio"],
                    env={
                        **server.environment(),
                        "PATH": "/usr/bin:/bin",
                        "HOME": str(Path.home()),
                        "PULSE_SINK": server.sink(number),
                    },
                )
                context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
                await context.add_init_script(_UNPAINTED)
                found.append(Listener(number, browser, await context.new_page(), url))
            yield found
        finally:
            for listener in found:
                await listener.close()
